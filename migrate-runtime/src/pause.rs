//! Waiting that works under any executor, or none.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

#[derive(Default)]
struct Alarm {
    rang: bool,
    waker: Option<Waker>,
}

struct Pause(Arc<Mutex<Alarm>>);

/// Completes after `duration`. A thread sleeps for it: the polls of a lock are rare, and no timer of a runtime is needed.
pub(crate) fn pause(duration: Duration) -> impl Future<Output = ()> + Send {
    let alarm = Arc::new(Mutex::new(Alarm::default()));
    let ring = Arc::clone(&alarm);
    let started = thread::Builder::new().name("migrate-pause".into()).spawn(move || {
        thread::sleep(duration);
        let mut alarm = ring.lock().unwrap_or_else(PoisonError::into_inner);
        alarm.rang = true;
        if let Some(waker) = alarm.waker.take() {
            waker.wake();
        }
    });
    if started.is_err() {
        // No thread to be had: a busy machine waits in place.
        thread::sleep(duration);
        alarm.lock().unwrap_or_else(PoisonError::into_inner).rang = true;
    }
    Pause(alarm)
}

impl Future for Pause {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut alarm = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if alarm.rang {
            Poll::Ready(())
        } else {
            alarm.waker = Some(context.waker().clone());
            Poll::Pending
        }
    }
}

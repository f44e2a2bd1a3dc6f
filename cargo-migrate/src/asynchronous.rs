//! From the synchronous commands to the asynchronous drivers.

use migrate_core::{Code, Error};

/// Runs the future to its end, in this thread.
///
/// # Errors
/// [`Code::Io`] if the system gives no means to wait.
pub(crate) fn block_on<F: Future>(future: F) -> Result<F::Output, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(Code::Io, format!("the asynchronous runtime cannot start: {error}")))?;
    Ok(runtime.block_on(future))
}

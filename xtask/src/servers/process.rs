//! A server's process: stopped by its id when dropped.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Explain, Result};

/// How long a server may take to stop in good order.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running server.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    signal: &'static str,
    pid_file: PathBuf,
}

impl Process {
    /// Starts a server. To be called by the main thread: see [`super::account`]. `signal` asks it to stop at once,
    /// `log` takes what it writes, and `folder` is where the sweeper finds its process id.
    pub(crate) fn start(
        command: &mut Command,
        signal: &'static str,
        log: &Path,
        folder: &Path,
    ) -> Result<Self> {
        let output = File::create(log).explain(|| format!("cannot write {}", log.display()))?;
        let errors = output.try_clone().explain(|| format!("cannot write {}", log.display()))?;
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            // Ctrl-C is for us; we and the sweeper stop the servers.
            .process_group(0)
            .spawn()
            .explain(|| format!("cannot run {name}"))?;
        let pid_file = folder.join("server.pid");
        let process = Self { child, signal, pid_file };
        fs::write(&process.pid_file, format!("{signal} {}\n", process.child.id()))
            .explain(|| format!("cannot write {}", process.pid_file.display()))?;
        Ok(process)
    }

    /// How it ended, where it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Asks it to stop, without waiting.
    pub(crate) fn ask_to_stop(&mut self) {
        if self.ended().is_some() {
            return;
        }
        // The shell's own `kill`: a small container has no other, and std knows only SIGKILL.
        let _ = Command::new("sh")
            .args(["-c", r#"kill -s "$1" "$2""#, "sh", self.signal])
            .arg(self.child.id().to_string())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.ask_to_stop();
        let asked = Instant::now();
        while self.ended().is_none() && asked.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(20));
        }
        // Both do nothing to a process that has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.pid_file);
    }
}

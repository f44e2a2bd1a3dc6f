//! The temporary folder of a run, and the sweeper that removes it however the run ends.

use std::fs::{self, DirBuilder};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::Account;
use crate::failure::{Explain, Result};

/// Waits for the end of its input, which is our end; stops the servers that still run, which is none when we ended
/// in good order; removes the folder and the files that are named after it.
const SWEEPER: &str = r#"
trap '' HUP INT TERM
cat > /dev/null
folder=$1
for file in "$folder"/*/server.pid; do [ -f "$file" ] && kill -s $(cat "$file"); done
for file in "$folder"/*/server.pid; do
    [ -f "$file" ] || continue
    pid=$(sed 's/.* //' "$file")
    tries=0
    while [ $tries -lt 100 ] && kill -0 "$pid"; do sleep 0.1; tries=$((tries + 1)); done
    kill -s KILL "$pid"
done
for _ in 1 2 3 4 5; do rm -rf "$@" && break; sleep 1; done
"#;

/// A temporary folder for servers. Dropping it removes it; so does our death by any signal.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    sweeper: Child,
}

impl Folder {
    /// Makes the folder. `also` are files that the run leaves elsewhere and that go with the folder.
    pub(crate) fn create(also: &[&Path]) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("migrate-test-{}", random_hex(6)?));
        // Others may pass through: servers run as another user, in folders of their own inside.
        make(&path, 0o711)?;
        let sweeper = Command::new("sh")
            .args(["-c", SWEEPER, "sweeper"])
            .arg(&path)
            .args(also)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C reaches the group of the terminal: not the sweeper.
            .process_group(0)
            .spawn()
            .explain(|| "cannot run sh".to_owned())?;
        Ok(Self { path, sweeper })
    }

    /// A folder inside that belongs to the servers' account.
    pub(crate) fn inside(&self, name: &str, account: &Account) -> Result<PathBuf> {
        let path = self.path.join(name);
        make(&path, 0o755)?;
        account.give(&path)?;
        Ok(path)
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.sweeper.stdin.take());
        // A sweeper that failed leaves the folder: try once more.
        if !self.sweeper.wait().is_ok_and(|status| status.success()) {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn make(path: &Path, mode: u32) -> Result<()> {
    DirBuilder::new().mode(0o700).create(path).explain(|| format!("cannot make {}", path.display()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .explain(|| format!("cannot set the mode of {}", path.display()))
}

/// Writes a file with a secret that only the servers' account can read.
pub(crate) fn write_secret(path: &Path, text: &str, account: &Account) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;

    let what = || format!("cannot write {}", path.display());
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .explain(what)?;
    file.write_all(text.as_bytes()).explain(what)?;
    account.give(path)
}

/// Random bytes, as hexadecimal digits.
pub(crate) fn random_hex(bytes: usize) -> Result<String> {
    let mut random = vec![0_u8; bytes];
    fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut random))
        .explain(|| "cannot read /dev/urandom".to_owned())?;
    Ok(random.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")))
}

//! Where the servers of a run are made: the temporary folder, the account, the certificates.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use super::certificates::Certificates;
use super::folder::{Folder, random_hex, write_secret};
use super::{Account, Throwaway};
use crate::engine::Engine;
use crate::failure::Result;
use crate::programs;

/// Makes the data folder of an engine whose programs are there.
pub(crate) type Maker = Box<dyn FnOnce(&Site) -> Result<Box<dyn Throwaway>> + Send>;

/// What the servers of a run share.
#[derive(Debug)]
pub(crate) struct Site {
    /// The folder, gone with us.
    pub(crate) folder: Folder,
    /// Who runs the servers.
    pub(crate) account: Arc<Account>,
    certificates: Option<Certificates>,
}

impl Site {
    /// Makes the folder and the certificates. `also` are files that are removed with the folder.
    pub(crate) fn create(account: Account, also: &[&Path]) -> Result<Self> {
        let folder = Folder::create(also)?;
        let certificates = Certificates::make(folder.path())?;
        Ok(Self { folder, account: Arc::new(account), certificates })
    }

    /// The part of one engine: a folder, a password, a key.
    pub(crate) fn plot(&self, engine: Engine) -> Result<Plot> {
        self.account.check()?;
        let folder = self.folder.inside(engine.name(), &self.account)?;
        let tls = match &self.certificates {
            Some(certificates) => Some((certificates.clone(), certificates.key_for(&folder, &self.account)?)),
            None => None,
        };
        Ok(Plot { folder, password: random_hex(16)?, account: Arc::clone(&self.account), tls })
    }
}

/// One engine's part of the site.
#[derive(Debug)]
pub(crate) struct Plot {
    /// The folder of the server.
    pub(crate) folder: PathBuf,
    /// The superuser's password.
    pub(crate) password: String,
    /// Who runs the server.
    pub(crate) account: Arc<Account>,
    /// The certificates and the key of the server's own, where there is `openssl`.
    pub(crate) tls: Option<(Certificates, PathBuf)>,
}

impl Plot {
    /// The data folder, which the server's own program makes.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Writes a file with a secret that only the server can read.
    pub(crate) fn write_secret(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        write_secret(&path, text, &self.account)?;
        Ok(path)
    }

    /// Runs a program that makes the data folder, to its end.
    pub(crate) fn run(&self, name: &str, command: &mut Command) -> Result<()> {
        command.current_dir(&self.folder).env("HOME", &self.folder).env("LC_ALL", "C").env("TZ", "UTC");
        programs::run_as(name, command).map(drop)
    }

    /// The certificate authority to trust.
    pub(crate) fn authority(&self) -> Option<&Path> {
        self.tls.as_ref().map(|(certificates, _)| certificates.authority.as_path())
    }
}

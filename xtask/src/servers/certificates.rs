//! A certificate authority and a server certificate for `localhost` and 127.0.0.1, made anew for every run, so that
//! tests can verify a server and refuse a wrong one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Account;
use crate::failure::{Explain, Result};
use crate::programs;

const CONFIGURATION: &str = "\
[req]
distinguished_name = name
prompt = no
[name]
CN = throwaway
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
";

/// The certificate authority and the server's certificate with its key.
#[derive(Debug, Clone)]
pub(crate) struct Certificates {
    /// Whom clients trust.
    pub(crate) authority: PathBuf,
    /// The server's certificate.
    pub(crate) certificate: PathBuf,
    key: PathBuf,
}

impl Certificates {
    /// Makes them in a folder; none where there is no `openssl`.
    pub(crate) fn make(folder: &Path) -> Result<Option<Self>> {
        if programs::find("openssl").is_none() {
            return Ok(None);
        }
        let file = |name: &str| folder.join(name);
        let configuration = file("openssl.cnf");
        fs::write(&configuration, CONFIGURATION)
            .explain(|| format!("cannot write {}", configuration.display()))?;
        let openssl = |arguments: &str| {
            let arguments = arguments.split_whitespace();
            programs::run(Command::new("openssl").args(arguments).current_dir(folder))
        };
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config openssl.cnf";
        openssl(&format!(
            "req -x509 {key} -subj /CN=throwaway-authority -extensions authority -days 7 -keyout ca.key -out ca.pem"
        ))?;
        openssl(&format!("req -new {key} -subj /CN=localhost -keyout server.key -out server.csr"))?;
        openssl(
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -set_serial 2 -days 7 \
             -extfile openssl.cnf -extensions server -out server.pem",
        )?;
        for name in ["ca.key", "server.csr", "openssl.cnf"] {
            let _ = fs::remove_file(file(name));
        }
        Ok(Some(Self { authority: file("ca.pem"), certificate: file("server.pem"), key: file("server.key") }))
    }

    /// A copy of the server's key that only the servers' account can read, as the servers demand.
    pub(crate) fn key_for(&self, folder: &Path, account: &Account) -> Result<PathBuf> {
        let copy = folder.join("server.key");
        let what = || format!("cannot copy {}", self.key.display());
        fs::copy(&self.key, &copy).explain(what)?;
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o600)).explain(what)?;
        account.give(&copy)?;
        Ok(copy)
    }
}

use std::{io::ErrorKind, time::Duration};

use migrate_core::{Code, Error};
use tiberius::{AuthMethod, Client, Config, EncryptionLevel};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt as _};

use super::Mssql;
use crate::url::DatabaseUrl;

/// What a connection of our own runs over.
pub(crate) type Stream = Compat<TcpStream>;

/// How long the server may take to answer, and then to let us in.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// How often a server may send us on to another, as Azure's gateways do.
const MOST_REDIRECTS: usize = 2;

const OPTIONS: &str = "the options are encrypt, trustServerCertificate, trustServerCertificateCA, \
                       hostNameInCertificate and applicationName";

/// Connects to the server of a URL. Must run inside a tokio runtime.
pub(crate) async fn open(mut url: DatabaseUrl) -> Result<Mssql<'static, Stream>, Error> {
    let mut config = config(&mut url)?;
    let mut address =
        (if url.host.is_empty() { "localhost" } else { &url.host }.to_owned(), url.port.unwrap_or(1433));
    let mut redirects = 0;
    loop {
        // The certificate is checked against this name.
        config.host(&address.0);
        config.port(address.1);
        match connect(config.clone(), &address).await {
            Ok(client) => return Ok(Mssql::own(client)),
            Err(tiberius::error::Error::Routing { host, port }) if redirects < MOST_REDIRECTS => {
                redirects += 1;
                address = (host, port);
            }
            Err(error) => return Err(connection_failed(&url, &error)),
        }
    }
}

async fn connect(config: Config, (host, port): &(String, u16)) -> tiberius::Result<Client<Stream>> {
    let connecting = TcpStream::connect((host.as_str(), *port));
    let stream = tokio::time::timeout(CONNECT_TIMEOUT, connecting)
        .await
        .map_err(|_| std::io::Error::from(ErrorKind::TimedOut))??;
    stream.set_nodelay(true)?;
    // Boxed: the driver's handshake is a future of some 17 kB.
    Box::pin(Client::connect(config, stream.compat_write())).await
}

fn config(url: &mut DatabaseUrl) -> Result<Config, Error> {
    let encryption = encryption(url)?;
    let trust = flag(url, "trustServerCertificate")?;
    let root = url.take_option(&["trustServerCertificateCA"]);
    let name = url.take_option(&["hostNameInCertificate"]);
    let application = url.take_option(&["applicationName", "application_name", "app"]);
    // SQLAlchemy's URLs name the ODBC driver here; there is none.
    url.take_option(&["driver"]);
    let instance = url.take_option(&["instanceName", "instance"]);
    if instance.is_some() || url.host.contains('\\') {
        return Err(invalid("named instances are not supported")
            .with_help("give the port that the instance listens on in place of its name"));
    }
    if let Some((name, _)) = url.options.first() {
        return Err(invalid(&format!("unknown option `{}`", name.escape_debug())).with_help(OPTIONS));
    }
    if url.user.is_empty() {
        return Err(invalid("there is no user").with_help(
            "give the login and the password of SQL Server authentication; Windows' own is not supported",
        ));
    }
    let mut config = Config::new();
    config.encryption(encryption);
    config.authentication(AuthMethod::sql_server(&url.user, url.password.as_deref().unwrap_or_default()));
    config.application_name(application.as_deref().unwrap_or("migrate"));
    // A migration may take hours.
    config.command_timeout(None);
    config.handshake_timeout(Some(CONNECT_TIMEOUT));
    // A row of a revision that is not proper UTF-16 must not hide how the batch went.
    config.lossy_utf16_decoding(true);
    if !url.database.is_empty() {
        config.database(&url.database);
    }
    if let Some(name) = name {
        config.hostname_in_certificate(name);
    }
    match (trust, root) {
        (true, Some(_)) => {
            return Err(invalid("trustServerCertificate and trustServerCertificateCA contradict each other")
                .with_help("with a root certificate at hand, leave trustServerCertificate out"));
        }
        (true, None) => config.trust_cert(),
        (false, Some(root)) => config.trust_cert_ca(root),
        (false, None) => {}
    }
    Ok(config)
}

/// `encrypt`, after Microsoft's drivers, and `no_tls` for a login that is not encrypted either.
fn encryption(url: &mut DatabaseUrl) -> Result<EncryptionLevel, Error> {
    let wanted = url.take_option(&["encrypt"]);
    let asked = match wanted.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None => None,
        Some("true" | "yes" | "1" | "mandatory" | "required") => Some(EncryptionLevel::Required),
        Some("strict") => Some(EncryptionLevel::Strict),
        Some("false" | "no" | "0" | "optional") => Some(EncryptionLevel::Off),
        Some("no_tls" | "disable" | "disabled") => Some(EncryptionLevel::NotSupported),
        Some(_) => return Err(invalid("encrypt is none of true, false, strict, no_tls")),
    };
    #[cfg(feature = "tls")]
    {
        let level = asked.unwrap_or(EncryptionLevel::Required);
        if level != EncryptionLevel::NotSupported {
            crate::tls::provider();
        }
        Ok(level)
    }
    #[cfg(not(feature = "tls"))]
    match asked {
        None | Some(EncryptionLevel::Off | EncryptionLevel::NotSupported) => {
            Ok(EncryptionLevel::NotSupported)
        }
        Some(_) => {
            Err(Error::new(Code::EngineNotCompiled, "the URL asks for TLS, which was not compiled in")
                .with_help("add the feature `tls` to migrate-runtime"))
        }
    }
}

fn flag(url: &mut DatabaseUrl, name: &str) -> Result<bool, Error> {
    match url.take_option(&[name]).as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("false" | "no" | "0") => Ok(false),
        Some("true" | "yes" | "1") => Ok(true),
        Some(_) => Err(invalid(&format!("{name} is neither true nor false"))),
    }
}

fn invalid(why: &str) -> Error {
    Error::new(Code::InvalidUrl, format!("the SQL Server URL: {why}"))
}

fn connection_failed(url: &DatabaseUrl, error: &tiberius::error::Error) -> Error {
    let (what, help) = match error {
        tiberius::error::Error::Server(token) => match token.code() {
            911 | 4060 => (
                "the database cannot be opened",
                "create the database, correct its name in the URL, or give the user access to it",
            ),
            18_450..=18_452 | 18_456 | 18_470 | 18_486..=18_488 => {
                ("the server refused the login", "check the user and the password in the URL")
            }
            40_615 => (
                "the server refused the connection",
                "let this machine's address through the server's firewall",
            ),
            _ => ("the server refused the connection", "see the server's message"),
        },
        tiberius::error::Error::Tls(_) => (
            "TLS failed",
            "name the server's root certificate with trustServerCertificateCA=PATH, or the name that its certificate \
             holds with hostNameInCertificate; trustServerCertificate=true trusts anybody",
        ),
        tiberius::error::Error::Io { kind: ErrorKind::TimedOut, .. } => (
            "no answer within 30 seconds",
            "check that a SQL Server listens there; `encrypt=strict` needs SQL Server 2022 or later",
        ),
        tiberius::error::Error::Protocol(_) => (
            "cannot connect",
            "check that a SQL Server listens there, and `encrypt` in the URL: true, false, strict or no_tls",
        ),
        _ if cfg!(feature = "tls") => {
            ("cannot connect", "check that the server runs and that host and port are right")
        }
        _ => (
            "cannot connect",
            "check that the server runs and that host and port are right; if it insists on TLS, add the feature `tls` \
             to migrate-runtime",
        ),
    };
    let said = describe(error);
    // The driver's advice behind this names its own functions.
    let said = said.split(". To connect anyway").next().unwrap_or_default();
    let said = said.split("; the server accepted the TCP connection").next().unwrap_or_default();
    Error::new(Code::ConnectionFailed, format!("{url}: {what}: {}", url.redact(said))).with_help(help)
}

pub(super) fn describe(error: &tiberius::error::Error) -> String {
    match error {
        tiberius::error::Error::Server(token) => token.message().to_owned(),
        tiberius::error::Error::Io { message, .. } => message.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(url: &str) -> Result<Config, Error> {
        config(&mut DatabaseUrl::parse(url).unwrap())
    }

    #[test]
    fn options_of_other_drivers_are_understood() {
        for url in [
            "mssql://u:p@h/d",
            "mssql://u:p@h/d?encrypt=false&TrustServerCertificate=yes",
            "mssql+pyodbc://u:p@h/d?driver=ODBC+Driver+18+for+SQL+Server&Encrypt=no",
            "sqlserver://u:p@h:1/d?applicationName=x&hostNameInCertificate=y&encrypt=no_tls",
        ] {
            assert!(configured(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_url_that_is_not_understood_says_why() {
        for (url, why) in [
            ("mssql://u:s3cret@h/d?encript=true", "unknown option `encript`"),
            ("mssql://u:s3cret@h/d?encrypt=maybe", "encrypt is none of"),
            ("mssql://u:s3cret@h/d?trustServerCertificate=x", "trustServerCertificate is neither"),
            ("mssql://u:s3cret@h/d?trustServerCertificate=1&trustServerCertificateCA=x", "contradict"),
            ("mssql://u:s3cret@h%5CSQLEXPRESS/d", "named instances"),
            ("mssql://u:s3cret@h/d?instanceName=SQLEXPRESS", "named instances"),
            ("mssql://h/d", "there is no user"),
        ] {
            let error = configured(url).unwrap_err();
            assert_eq!(error.code(), Code::InvalidUrl, "{url}");
            assert!(error.message().contains(why), "{error:?}");
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }

    #[test]
    #[cfg(not(feature = "tls"))]
    fn tls_that_is_not_compiled_in_is_named() {
        for mode in ["true", "strict"] {
            let error = configured(&format!("mssql://u:p@h/d?encrypt={mode}")).unwrap_err();
            assert_eq!(error.code(), Code::EngineNotCompiled);
        }
    }

    #[tokio::test]
    async fn a_server_that_does_not_answer_is_a_failed_connection() {
        let url = DatabaseUrl::parse("mssql://u:s3cret@127.0.0.1:1/d").unwrap();
        let error = open(url).await.err().unwrap();
        assert_eq!(error.code(), Code::ConnectionFailed);
        assert!(!format!("{error:?}").contains("s3cret"));
    }
}

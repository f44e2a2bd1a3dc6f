//! What `MySQL` and `MariaDB` share: the greeting that tells the version, common options, the general log.

use std::io::Read;

use super::given::connect;
use super::site::Plot;
use super::throwaway::contains;

/// The server writes it once it has its port.
const PID_FILE: &str = "mysqld.pid";

/// The version in a server's greeting: sent before anyone logs in, and only once the server serves.
pub(crate) fn greeted_version(host: &str, port: u16) -> Option<String> {
    let mut stream = connect(host, port)?;
    let mut header = [0_u8; 4];
    stream.read_exact(&mut header).ok()?;
    let length = u32::from_le_bytes([header[0], header[1], header[2], 0]);
    let mut packet = vec![0_u8; usize::try_from(length).ok()?];
    stream.read_exact(&mut packet).ok()?;
    parse_greeting(&packet)
}

/// The version of our own server on that port. Its process id file says that the port is its own, not somebody else's.
pub(crate) fn own_version(plot: &Plot, port: u16) -> Option<String> {
    if !plot.folder.join(PID_FILE).exists() {
        return None;
    }
    greeted_version("127.0.0.1", port)
}

/// Protocol 10: the version as a string that ends with a zero byte. `MariaDB` 10 puts "5.5.5-" before its own.
fn parse_greeting(packet: &[u8]) -> Option<String> {
    let (protocol, rest) = packet.split_first()?;
    if *protocol != 10 {
        return None;
    }
    let version = String::from_utf8_lossy(rest.split(|byte| *byte == 0).next()?).into_owned();
    let version = version.strip_prefix("5.5.5-").unwrap_or(&version);
    Some(version.strip_suffix("-log").unwrap_or(version).to_owned())
}

/// The options that both take.
pub(crate) fn options(plot: &Plot, port: u16) -> Vec<String> {
    let folder = plot.folder.display();
    let mut options = vec![
        format!("--datadir={folder}/data"),
        format!("--socket={folder}/mysql.sock"),
        format!("--pid-file={folder}/{PID_FILE}"),
        format!("--tmpdir={folder}"),
        format!("--init-file={folder}/accounts.sql"),
        format!("--general-log-file={folder}/general.log"),
        format!("--port={port}"),
        "--general-log=ON".to_owned(),
        "--log-output=FILE".to_owned(),
        "--bind-address=127.0.0.1".to_owned(),
        "--skip-name-resolve".to_owned(),
        "--skip-log-bin".to_owned(),
        "--max-connections=300".to_owned(),
        "--character-set-server=utf8mb4".to_owned(),
        "--innodb-flush-log-at-trx-commit=0".to_owned(),
        "--innodb-fast-shutdown=2".to_owned(),
        "--innodb-doublewrite=0".to_owned(),
    ];
    if let Some((certificates, key)) = &plot.tls {
        options.push(format!("--ssl-ca={}", certificates.authority.display()));
        options.push(format!("--ssl-cert={}", certificates.certificate.display()));
        options.push(format!("--ssl-key={}", key.display()));
    }
    options
}

/// Whether a line of the general log is a statement of a client.
pub(crate) fn is_statement(line: &[u8]) -> bool {
    contains(line, " Query\t") || contains(line, " Execute\t")
}

#[cfg(test)]
mod tests {
    use super::{is_statement, parse_greeting};

    #[test]
    fn the_greeting_tells_the_version() {
        assert_eq!(parse_greeting(b"\n9.7.4-2\0\x04\0\0\0").unwrap(), "9.7.4-2");
        assert_eq!(
            parse_greeting(b"\n5.5.5-10.11.19-MariaDB-0+deb12u1-log\0").unwrap(),
            "10.11.19-MariaDB-0+deb12u1"
        );
    }

    #[test]
    fn a_refusal_is_no_greeting() {
        assert_eq!(parse_greeting(b"\xff\x10\x04Too many connections"), None);
        assert_eq!(parse_greeting(b""), None);
    }

    #[test]
    fn statements_are_told_from_connections() {
        assert!(is_statement(b"261120  9:44:01\t     5 Query\tselect 1\n"));
        assert!(is_statement(b"\t\t     5 Execute\tselect 1\n"));
        assert!(!is_statement(b"\t\t     5 Connect\troot@localhost on  using TCP/IP\n"));
    }
}

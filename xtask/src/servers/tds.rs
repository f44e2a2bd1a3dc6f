//! The version of a SQL Server, from the first message of its protocol: no login is needed.

use std::io::{Read, Write};

use super::given::connect;

/// A pre-login message: version and encryption ("not supported"), then their values.
const PRELOGIN: [u8; 26] = [
    0x12, 0x01, 0, 26, 0, 0, 0, 0, // header: pre-login, last packet, length
    0x00, 0, 11, 0, 6, // the version: offset 11, 6 bytes
    0x01, 0, 17, 0, 1,    // the encryption: offset 17, 1 byte
    0xff, // no more options
    0, 0, 0, 0, 0, 0, // version
    2, // encryption
];

/// The version that a server at that address says it is.
pub(crate) fn version(host: &str, port: u16) -> Option<String> {
    let mut stream = connect(host, port)?;
    stream.write_all(&PRELOGIN).ok()?;
    let mut header = [0_u8; 8];
    stream.read_exact(&mut header).ok()?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]])).checked_sub(header.len())?;
    let mut answer = vec![0_u8; length];
    stream.read_exact(&mut answer).ok()?;
    parse(&answer)
}

fn parse(answer: &[u8]) -> Option<String> {
    let option = answer.chunks(5).take_while(|option| option[0] != 0xff).find(|option| option[0] == 0)?;
    let offset = usize::from(u16::from_be_bytes([*option.get(1)?, *option.get(2)?]));
    match answer.get(offset..offset + 4)? {
        [major, minor, high, low] => Some(format!("{major}.{minor}.{}", u16::from_be_bytes([*high, *low]))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_answer_tells_major_minor_and_build() {
        let answer = [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 16, 0, 0x10, 0x4f, 0, 0, 2];
        assert_eq!(parse(&answer).unwrap(), "16.0.4175");
    }

    #[test]
    fn an_answer_without_a_version_tells_none() {
        assert_eq!(parse(&[0xff]), None);
        assert_eq!(parse(&[0, 0, 11, 0, 6, 0xff]), None);
        assert_eq!(parse(&[]), None);
    }
}

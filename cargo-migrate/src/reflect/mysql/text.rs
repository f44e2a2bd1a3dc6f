//! Expressions out of the catalogue.

use migrate_core::Dialect;

use super::server::Server;
use crate::mysql::{readable, with_string_escapes_undone, without_outer_parentheses};

/// The expression of a column, an index or a check, as people write it.
pub(super) fn expression(server: &Server, printed: &str) -> String {
    let printed = match server.dialect {
        Dialect::Mariadb => printed.to_owned(),
        Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => {
            with_string_escapes_undone(&repaired(printed))
        }
    };
    readable(without_outer_parentheses(&printed), &server.home)
}

/// MySQL takes the UTF-8 of an expression for latin1 and encodes it once more: `é` is shown as `Ã©`. Where the
/// characters are bytes that make sense as UTF-8, that is what they are.
fn repaired(printed: &str) -> String {
    if printed.is_ascii() {
        return printed.to_owned();
    }
    let bytes: Option<Vec<u8>> = printed.chars().map(latin1_byte).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| printed.to_owned())
}

/// What MySQL calls latin1 is Windows' code page 1252, with the five holes filled.
fn latin1_byte(c: char) -> Option<u8> {
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match u8::try_from(u32::from(c)) {
        Ok(byte) => Some(byte),
        Err(_) => UPPER.iter().zip(0x80..).find(|(upper, _)| **upper == c).map(|(_, byte)| byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_twice_is_mended() {
        assert_eq!(repaired("Ã©"), "é");
        assert_eq!(repaired("â\u{82}¬æ¼¢ð\u{9f}\u{98}\u{80}"), "€漢😀");
        assert_eq!(repaired("â‚¬"), "€");
    }

    #[test]
    fn what_is_right_stays() {
        assert_eq!(repaired("é€漢"), "é€漢");
        assert_eq!(repaired("price"), "price");
    }
}

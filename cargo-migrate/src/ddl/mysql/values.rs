//! The values of an `enum` or a `set`.

use crate::mysql::unescaped;

/// The values that the type lists.
pub(super) fn of(ty: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut rest = ty;
    while let Some((_, behind)) = rest.split_once('\'') {
        let mut end = 0;
        let bytes = behind.as_bytes();
        while let Some(byte) = bytes.get(end) {
            match byte {
                b'\\' => end += 2,
                b'\'' if bytes.get(end + 1) == Some(&b'\'') => end += 2,
                b'\'' => break,
                _ => end += 1,
            }
        }
        let value = behind.get(..end).unwrap_or(behind);
        values.push(unescaped(&value.replace("''", r"\'")));
        rest = behind.get(end + 1..).unwrap_or_default();
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_commas_belong_to_a_value() {
        assert_eq!(of("enum('a,b','it''s','c\\\\d','')"), ["a,b", "it's", "c\\d", ""]);
        assert!(of("int").is_empty());
    }
}

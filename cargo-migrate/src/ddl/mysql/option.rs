//! What is said of a table as a whole.

use std::collections::BTreeMap;

use migrate_core::{Dialect, Error};

use super::unsupported;
use crate::{mysql::literal, schema::ObjectName};

/// The options behind CREATE TABLE's columns, in the order of SHOW CREATE TABLE.
pub(super) fn of_create(options: &BTreeMap<String, String>, comment: Option<&String>) -> String {
    let mut sql = Vec::new();
    if let Some(engine) = options.get("engine") {
        sql.push(format!("ENGINE={engine}"));
    }
    let (charset, collation) = charset_and_collation(options, false);
    if let Some(charset) = charset {
        sql.push(format!("DEFAULT CHARSET={charset}"));
    }
    if let Some(collation) = collation {
        sql.push(format!("COLLATE={collation}"));
    }
    let others = options.iter().filter(|(key, _)| !is_special(key));
    sql.extend(others.map(|(key, value)| assignment(key, value)));
    if let Some(comment) = comment {
        sql.push(format!("COMMENT={}", literal(comment)));
    }
    sql.join(" ")
}

/// The clause of ALTER TABLE that makes one option what it is now; none where nothing has to be said.
pub(super) fn of_alter(
    dialect: Dialect,
    table: &ObjectName,
    key: &str,
    options: &BTreeMap<String, String>,
) -> Result<Option<String>, Error> {
    let value = options.get(key);
    Ok(match (key, value) {
        ("engine", Some(engine)) => Some(format!("ENGINE={engine}")),
        // Nobody can want a table without one.
        ("engine" | "charset" | "collation", None) => None,
        ("charset" | "collation", Some(_)) => {
            let (charset, collation) = charset_and_collation(options, key == "collation");
            let charset = charset.map(|charset| format!("DEFAULT CHARACTER SET {charset}"));
            let collation = collation.map(|collation| format!("COLLATE {collation}"));
            let words: Vec<String> = charset.into_iter().chain(collation).collect();
            Some(words.join(" "))
        }
        (_, Some(value)) => Some(assignment(key, value)),
        (
            "key_block_size" | "max_rows" | "min_rows" | "avg_row_length" | "checksum" | "delay_key_write",
            None,
        ) => Some(assignment(key, "0")),
        (
            "row_format" | "pack_keys" | "stats_persistent" | "stats_auto_recalc" | "stats_sample_pages",
            None,
        ) => Some(assignment(key, "DEFAULT")),
        ("encryption", None) => Some(assignment(key, "N")),
        ("compression", None) => Some(assignment(key, "none")),
        (_, None) => match dialect {
            Dialect::Mariadb => Some(assignment(key, "DEFAULT")),
            Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => {
                return Err(unsupported(
                    dialect,
                    format!("the option {key} of table {table} is taken off"),
                    "state the value that it shall have",
                ));
            }
        },
    })
}

/// Charset and collation, where they fit each other; the one that `leads` decides where they do not.
fn charset_and_collation(
    options: &BTreeMap<String, String>,
    collation_leads: bool,
) -> (Option<&str>, Option<&str>) {
    let charset = options.get("charset").map(String::as_str);
    let collation = options.get("collation").map(String::as_str);
    let (Some(one), Some(other)) = (charset, collation) else { return (charset, collation) };
    let implied = other.split_once('_').map_or(other, |(charset, _)| charset);
    if implied == one {
        (charset, collation)
    } else if collation_leads {
        (Some(implied), collation)
    } else {
        (charset, None)
    }
}

fn is_special(key: &str) -> bool {
    matches!(key, "engine" | "charset" | "collation")
}

fn assignment(key: &str, value: &str) -> String {
    let is_text = matches!(key, "compression" | "encryption" | "connection");
    let is_word = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let value = if is_word && !is_text { value.to_owned() } else { literal(value) };
    format!("{}={value}", key.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn alter(key: &str, pairs: &[(&str, &str)]) -> Option<String> {
        of_alter(Dialect::Mysql, &ObjectName::local("t"), key, &options(pairs)).unwrap()
    }

    #[test]
    fn options_stand_in_the_usual_order() {
        let all = options(&[
            ("charset", "utf8mb4"),
            ("collation", "utf8mb4_bin"),
            ("engine", "InnoDB"),
            ("row_format", "DYNAMIC"),
            ("compression", "zlib"),
        ]);
        assert_eq!(
            of_create(&all, Some(&"it's".to_owned())),
            "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMPRESSION='zlib' ROW_FORMAT=DYNAMIC \
             COMMENT='it''s'"
        );
        assert_eq!(of_create(&options(&[]), None), "");
    }

    #[test]
    fn a_charset_brings_no_collation_of_another() {
        let both = [("charset", "latin1"), ("collation", "utf8mb4_bin")];
        assert_eq!(alter("charset", &both).unwrap(), "DEFAULT CHARACTER SET latin1");
        assert_eq!(alter("collation", &both).unwrap(), "DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
    }

    #[test]
    fn an_option_can_be_taken_off() {
        assert_eq!(alter("row_format", &[]).unwrap(), "ROW_FORMAT=DEFAULT");
        assert_eq!(alter("key_block_size", &[]).unwrap(), "KEY_BLOCK_SIZE=0");
        assert_eq!(alter("engine", &[]), None);
        assert!(of_alter(Dialect::Mysql, &ObjectName::local("t"), "odd", &options(&[])).is_err());
    }
}

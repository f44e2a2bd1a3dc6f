//! What dump programs write into a file for the client that is to read it, and not for the server.

use std::borrow::Cow;

use migrate_core::Dialect;

/// The text without the lines with which `pg_dump` keeps psql from running commands out of data: `\restrict`, with a word
/// of chance, and `\unrestrict` with the same (<https://www.postgresql.org/docs/current/app-psql.html>). They become spaces,
/// so that every place stays where it is. Any other command is left for whoever splits the text to refuse.
pub(super) fn for_server(dialect: Dialect, text: &str) -> Cow<'_, str> {
    match dialect {
        Dialect::Postgres if text.contains("\\restrict ") => {}
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite => {
            return Cow::Borrowed(text);
        }
    }
    let key = text.lines().find_map(|line| line.strip_prefix("\\restrict ")).map(str::trim_end);
    let Some(key) = key.filter(|key| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    else {
        return Cow::Borrowed(text);
    };
    let commands = [format!("\\restrict {key}"), format!("\\unrestrict {key}")];
    let lines = text.split_inclusive('\n').map(|line| {
        let command = line.trim_end();
        if commands.iter().any(|known| known == command) {
            Cow::Owned(format!("{}{}", " ".repeat(command.len()), &line[command.len()..]))
        } else {
            Cow::Borrowed(line)
        }
    });
    Cow::Owned(lines.collect())
}

/// What to do about a statement that carries rows in a way that only a client can read.
pub(super) fn help(dialect: Dialect, statement: &str) -> Option<String> {
    let is_copy = statement.get(..5).is_some_and(|begin| begin.eq_ignore_ascii_case("copy "));
    (dialect == Dialect::Postgres && is_copy)
        .then(|| "rows are not needed for a comparison: dump with pg_dump --schema-only".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_a_dump_are_blanked_where_they_stand() {
        let text =
            "-- a dump\n\\restrict aB3\n\nSELECT 1;\r\n\\unrestrict aB3\r\n\\connect other\n\\restrict b c\n";
        let blanked =
            "-- a dump\n             \n\nSELECT 1;\r\n               \r\n\\connect other\n\\restrict b c\n";
        assert_eq!(for_server(Dialect::Postgres, text), blanked);
        assert_eq!(for_server(Dialect::Mysql, text), text);
    }

    #[test]
    fn other_commands_stay() {
        for text in ["\\restrict\nSELECT 1;", "\\restrict a b\n", "SELECT '\\restrict a'", "\\unrestrict a\n"]
        {
            assert_eq!(for_server(Dialect::Postgres, text), text);
        }
    }
}

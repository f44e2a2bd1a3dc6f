//! Statements as a script that is piped into the engine's own client by hand, where no runtime looks after it.

use migrate_core::Dialect;

use super::section_sql;
use crate::ddl::Statement;

/// What a client needs to be told so that it stops where something fails.
const STOP: &str = "-- stop at the first error: ";

/// The statements, all of them or none where the engine can do that: `MySQL` and `MariaDB` cannot.
///
/// psql refuses what follows an error inside of a transaction, and rolls back at its end. sqlite3 and sqlcmd go on unless
/// they are told to stop.
pub(crate) fn script_sql(dialect: Dialect, statements: &[Statement]) -> String {
    if statements.is_empty() {
        return String::new();
    }
    match dialect {
        Dialect::Postgres => format!("BEGIN;\n\n{}\nCOMMIT;\n", section_sql(dialect, statements)),
        Dialect::Mysql | Dialect::Mariadb => section_sql(dialect, statements),
        Dialect::Mssql => format!(
            "{STOP}sqlcmd -b\nSET XACT_ABORT ON;\nBEGIN TRANSACTION;\nGO\n\n{}GO\n\nCOMMIT TRANSACTION;\n",
            section_sql(dialect, statements)
        ),
        Dialect::Sqlite => sqlite(statements),
    }
}

/// Inside of a transaction `PRAGMA foreign_keys` has no effect ("PRAGMA Statements").
fn sqlite(statements: &[Statement]) -> String {
    let (off, on, rest) = match statements {
        [first, rest @ ..] if first.sql == "PRAGMA foreign_keys = OFF" => (
            format!("{};\n", first.sql),
            "\n-- a row that is shown here refers to no row\nPRAGMA foreign_key_check;\n\nCOMMIT;\nPRAGMA foreign_keys = ON;\n",
            rest,
        ),
        rest => (String::new(), "\nCOMMIT;\n", rest),
    };
    format!("{STOP}sqlite3 -bail\n{off}BEGIN;\n\n{}{on}", section_sql(Dialect::Sqlite, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(dialect: Dialect, statements: &[&str]) -> String {
        let statements: Vec<_> = statements.iter().map(|sql| Statement::new(*sql)).collect();
        script_sql(dialect, &statements)
    }

    #[test]
    fn a_script_is_one_transaction_where_there_is_such_a_thing() {
        assert_eq!(script(Dialect::Postgres, &["DROP TABLE a"]), "BEGIN;\n\nDROP TABLE a;\n\nCOMMIT;\n");
        assert_eq!(script(Dialect::Mysql, &["DROP TABLE a"]), "DROP TABLE a;\n");
        assert_eq!(
            script(Dialect::Mssql, &["DROP TABLE a"]),
            "-- stop at the first error: sqlcmd -b\nSET XACT_ABORT ON;\nBEGIN TRANSACTION;\nGO\n\nDROP TABLE a;\nGO\n\n\
             COMMIT TRANSACTION;\n"
        );
        for dialect in Dialect::ALL {
            assert_eq!(script(dialect, &[]), "");
        }
    }

    #[test]
    fn sqlite_has_foreign_keys_off_around_the_transaction_where_it_must() {
        assert_eq!(
            script(Dialect::Sqlite, &["DROP TABLE a"]),
            "-- stop at the first error: sqlite3 -bail\nBEGIN;\n\nDROP TABLE a;\n\nCOMMIT;\n"
        );
        assert_eq!(
            script(Dialect::Sqlite, &["PRAGMA foreign_keys = OFF", "DROP TABLE a"]),
            "-- stop at the first error: sqlite3 -bail\nPRAGMA foreign_keys = OFF;\nBEGIN;\n\nDROP TABLE a;\n\n\
             -- a row that is shown here refers to no row\nPRAGMA foreign_key_check;\n\nCOMMIT;\n\
             PRAGMA foreign_keys = ON;\n"
        );
    }
}

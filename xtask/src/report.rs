//! What the tests are told, as shell lines, and what they tested, as a table.

use crate::engine::Engine;
use crate::servers::Standing;

/// One line of the table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    engine: Engine,
    tested: bool,
    version: String,
    note: String,
}

impl Row {
    /// What to say of an engine once the tests have run; `ran` says whether they did.
    pub(crate) fn of(standing: &Standing, ran: bool) -> Self {
        let engine = standing.engine();
        let row =
            |tested, version: &str, note: String| Self { engine, tested, version: version.to_owned(), note };
        match standing {
            Standing::Missing(_, reason) => row(false, "", reason.clone()),
            Standing::Started(server) => {
                let statements = server.statements().unwrap_or(0);
                let note = match statements {
                    0 => "the server stood, but no test spoke to it".to_owned(),
                    count => format!("statements: {count}"),
                };
                row(statements > 0, server.version(), note)
            }
            Standing::Given(_, version) => {
                row(ran, version, format!("the server of {}", engine.variable("URL")))
            }
            Standing::Embedded(_) => row(ran, "bundled", String::new()),
        }
    }

    /// An engine that was left out on purpose.
    pub(crate) fn left_out(engine: Engine) -> Self {
        Self { engine, tested: false, version: String::new(), note: "left out by --only".to_owned() }
    }
}

/// The table, one line for each engine.
pub(crate) fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.version.len()).max().unwrap_or(0).max("version".len());
    let mut lines = vec![format!("{:<10}{:<8}{:<width$}", "engine", "tested", "version")];
    lines.extend(rows.iter().map(|row| {
        let tested = if row.tested { "yes" } else { "no" };
        format!("{:<10}{tested:<8}{:<width$}  {}", row.engine, row.version, row.note)
    }));
    lines.into_iter().fold(String::new(), |table, line| table + line.trim_end() + "\n")
}

/// The lines that set these variables in a shell.
pub(crate) fn exports(variables: &[(String, String)]) -> String {
    variables.iter().fold(String::new(), |lines, (name, value)| {
        lines + &format!("export {name}='{}'\n", value.replace('\'', r"'\''"))
    })
}

#[cfg(test)]
mod tests {
    use super::{Engine, Row, Standing, exports, table};

    #[test]
    fn the_table_says_what_was_tested_and_why_not() {
        let rows = [
            Row::of(&Standing::Given(Engine::Postgres, "15.18".to_owned()), true),
            Row::of(
                &Standing::Missing(Engine::SqlServer, "MIGRATE_TEST_MSSQL_URL is not set".to_owned()),
                true,
            ),
            Row::of(&Standing::Embedded(Engine::Sqlite), true),
            Row::left_out(Engine::MySql),
        ];
        let expected = "\
engine    tested  version
postgres  yes     15.18    the server of MIGRATE_TEST_POSTGRES_URL
mssql     no               MIGRATE_TEST_MSSQL_URL is not set
sqlite    yes     bundled
mysql     no               left out by --only
";
        assert_eq!(table(&rows), expected);
    }

    #[test]
    fn nothing_was_tested_where_the_tests_did_not_run() {
        assert!(!Row::of(&Standing::Embedded(Engine::Sqlite), false).tested);
        assert!(!Row::of(&Standing::Given(Engine::Postgres, "15".to_owned()), false).tested);
    }

    #[test]
    fn values_are_quoted_for_a_shell() {
        let variables = [("A".to_owned(), "plain".to_owned()), ("B".to_owned(), "it's $x".to_owned())];
        assert_eq!(exports(&variables), "export A='plain'\nexport B='it'\\''s $x'\n");
    }
}

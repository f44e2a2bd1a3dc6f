//! sqlcmd.

use migrate_core::revision::Statement;

use super::{
    Head,
    write::{Client, Writer, at, ended},
};
use crate::engine::{literal, mssql_lock_name};

pub(super) struct Mssql;

/// Behind an error nothing more is carried out, whether the client goes on or not.
const STOP_UNLESS_INSIDE: &str = "IF @@TRANCOUNT <> 1 SET NOEXEC ON;\nGO\n";
const OPTIONS: &str = "SET XACT_ABORT, NOCOUNT, QUOTED_IDENTIFIER, ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, \
                       CONCAT_NULL_YIELDS_NULL ON;\nSET NUMERIC_ROUNDABORT, IMPLICIT_TRANSACTIONS OFF;\nGO\n";

impl Client for Mssql {
    fn run_with(&self) -> &'static str {
        "sqlcmd -b -x -f 65001 -d DATABASE -i SCRIPT"
    }

    fn prepare(&self) -> String {
        OPTIONS.to_owned()
    }

    fn lock(&self, writer: &Writer<'_>) -> String {
        format!(
            "DECLARE @granted int, @resource nvarchar(255) = {};\n\
             EXEC @granted = sp_getapplock @Resource = @resource, @LockMode = N'Exclusive', @LockOwner = N'Session', \
             @LockTimeout = 0;\nIF @granted < 0\nBEGIN\n    \
             RAISERROR(N'another process is migrating this database: run the script again when it is done', 16, 1);\n    \
             SET NOEXEC ON;\nEND;\nGO\n",
            mssql_lock_name(&writer.grammar.lock_key(&writer.tables))
        )
    }

    fn guard(&self, writer: &Writer<'_>, heads: &[Head]) -> String {
        let (version, history) = (writer.version_table(), writer.history_table());
        let begins = at(heads);
        let missing = if heads.is_empty() {
            // It was created right before.
            String::new()
        } else {
            format!(
                "IF OBJECT_ID({}, N'U') IS NULL\n    \
                 SET @problem = N'the database is at base, and this script begins at {begins}';\nELSE ",
                writer.grammar.text(&version)
            )
        };
        let rows: Vec<_> = heads
            .iter()
            .map(|(id, lineage)| {
                format!("revision = {} AND lineage = {}", literal(id.as_str()), literal(lineage))
            })
            .collect();
        let known = if rows.is_empty() {
            String::new()
        } else {
            format!(" OR (SELECT COUNT(*) FROM {version} WHERE {}) <> {}", rows.join(" OR "), heads.len())
        };
        format!(
            "DECLARE @problem nvarchar(400);\n\
             {missing}IF (SELECT COUNT(*) FROM {version}) <> {count}{known}\n    \
             SET @problem = N'the database is not at {begins}, where this script begins';\n\
             ELSE IF EXISTS (SELECT 1 FROM {history} WHERE finished IS NULL)\n    \
             SET @problem = N'a revision stopped half way: finish it first';\n\
             IF @problem IS NOT NULL\nBEGIN\n    RAISERROR(@problem, 16, 1);\n    \
             IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;\n    SET NOEXEC ON;\nEND;\nGO\n",
            count = heads.len(),
        )
    }

    fn statement(&self, sql: &str) -> String {
        format!("{}GO\nIF @@ERROR <> 0 SET NOEXEC ON;\nGO\n", ended(sql, ""))
    }

    fn own(&self, sql: &[String]) -> String {
        if sql.is_empty() { String::new() } else { self.statement(&format!("{};", sql.join(";\n"))) }
    }

    fn begin(&self) -> String {
        "BEGIN TRANSACTION;\nGO\n".to_owned()
    }

    fn commit(&self) -> String {
        format!("{STOP_UNLESS_INSIDE}COMMIT TRANSACTION;\nGO\n")
    }

    fn keep_settings(&self, _statements: &[&Statement]) -> String {
        String::new()
    }

    fn restore_settings(&self, statements: &[&Statement]) -> String {
        let sets = |statement: &&Statement| statement.sql.to_ascii_uppercase().contains("SET ");
        if statements.iter().any(sets) { OPTIONS.to_owned() } else { String::new() }
    }

    fn finish(&self) -> String {
        "\nSET NOEXEC OFF;\nGO\nIF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;\nGO\n".to_owned()
    }
}

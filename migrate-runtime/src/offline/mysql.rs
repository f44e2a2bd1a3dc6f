//! mysql and mariadb.

use std::fmt::Write as _;

use migrate_core::{
    Dialect,
    revision::Statement,
    sql::{self, LexemeKind},
};

use super::{
    Head,
    write::{Client, Writer, at, ended, listed},
};
use crate::engine::mysql_lock_name;

pub(super) struct Mysql;

impl Client for Mysql {
    fn run_with(&self) -> &'static str {
        "mysql DATABASE < SCRIPT   (or mariadb; without --force)"
    }

    // What `prepare_session` of the program does, and for the same reasons.
    fn prepare(&self) -> String {
        "SET NAMES utf8mb4;\nSET SESSION autocommit = 1;\n\
         SET SESSION sql_mode = REPLACE(@@SESSION.sql_mode, 'NO_BACKSLASH_ESCAPES', '');\n"
            .to_owned()
    }

    fn lock(&self, writer: &Writer<'_>) -> String {
        let name = mysql_lock_name(&writer.grammar.lock_key(&writer.tables));
        require(&format!("GET_LOCK({name}, 0) = 1"), "migrate: another process is migrating this database")
    }

    // There is no statement that stops a client with words of one's own: a column that is not there does, and names
    // itself. 64 characters are the most.
    fn guard(&self, writer: &Writer<'_>, heads: &[Head]) -> String {
        let (version, history) = (writer.version_table(), writer.history_table());
        let rows = listed(heads);
        let count = heads.len();
        let mut known = format!("(SELECT COUNT(*) FROM {version}) = {count}");
        if !rows.is_empty() {
            let _ = write!(
                known,
                " AND (SELECT COUNT(*) FROM {version} WHERE (revision, lineage) IN ({rows})) = {count}"
            );
        }
        let mut message = format!("migrate: not at {}, where this script begins", at(heads));
        if message.chars().count() > 64 {
            "migrate: the database is not where this script begins".clone_into(&mut message);
        }
        format!(
            "{}{}",
            require(&known, &message),
            require(
                &format!("NOT EXISTS (SELECT 1 FROM {history} WHERE finished IS NULL)"),
                "migrate: a revision stopped half way: finish it first"
            )
        )
    }

    fn statement(&self, sql: &str) -> String {
        let is_split = sql::lexemes(Dialect::Mysql, sql)
            .any(|lexeme| lexeme.kind == LexemeKind::Symbol && sql.get(lexeme.span) == Some(";"));
        if !is_split {
            return ended(sql, ";");
        }
        let delimiter =
            ["//", "$$", ";;", "@@@@"].into_iter().find(|one| !sql.contains(one)).unwrap_or("|//|");
        format!("DELIMITER {delimiter}\n{sql}\n{delimiter}\nDELIMITER ;\n")
    }

    fn begin(&self) -> String {
        "START TRANSACTION;\n".to_owned()
    }

    fn commit(&self) -> String {
        "COMMIT;\n".to_owned()
    }

    fn keep_settings(&self, statements: &[&Statement]) -> String {
        let mut text = String::new();
        for name in settings(statements) {
            let _ = writeln!(text, "SET @migrate_{name} = @@SESSION.{name};");
        }
        text
    }

    fn restore_settings(&self, statements: &[&Statement]) -> String {
        let mut text = String::new();
        for name in settings(statements) {
            let _ = writeln!(text, "SET SESSION {name} = @migrate_{name};");
        }
        text
    }
}

/// Stops unless the condition holds.
fn require(condition: &str, message: &str) -> String {
    format!(
        "SET @migrate_guard = IF({condition}, 'DO 0', 'SELECT `{message}`');\n\
         PREPARE migrate_guard FROM @migrate_guard;\nEXECUTE migrate_guard;\nDEALLOCATE PREPARE migrate_guard;\n"
    )
}

/// The variables of the session that statements set, each once.
fn settings(statements: &[&Statement]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for statement in statements {
        let tokens = sql::tokens(Dialect::Mysql, &statement.sql);
        let Some((_, assignments)) =
            tokens.split_first().filter(|(first, _)| first.eq_ignore_ascii_case("SET"))
        else {
            continue;
        };
        let mut depth = 0_usize;
        let between = |token: &&str| {
            match *token {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            *token == "," && depth == 0
        };
        for name in assignments.split(between).filter_map(assigned) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// The variable of the session that `name = value`, `SESSION name = value` or `@@SESSION.name = value` sets.
fn assigned(tokens: &[&str]) -> Option<String> {
    let is_user_variable = matches!(tokens, ["@", second, ..] if *second != "@");
    let mut rest = tokens.iter().skip_while(|token| **token == "@").peekable();
    let is_scope = |token: &&&str| ["SESSION", "LOCAL"].iter().any(|scope| token.eq_ignore_ascii_case(scope));
    if rest.next_if(is_scope).is_some() {
        rest.next_if(|token| **token == ".");
    }
    let name = rest.next()?.to_ascii_lowercase();
    let is_assignment = rest.next().is_some_and(|next| next.starts_with(['=', ':']));
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (!is_user_variable && is_assignment && is_word).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_revision_sets_is_known() {
        let set = |sql: &str| {
            let statement = Statement { sql: sql.to_owned(), span: 0..sql.len() };
            settings(&[&statement]).join(" ")
        };
        for (sql, expected) in [
            ("SET foreign_key_checks = 0", "foreign_key_checks"),
            ("SET SESSION sql_mode = '', @@SESSION.unique_checks = 0", "sql_mode unique_checks"),
            ("set @@sql_mode := CONCAT(@@sql_mode, ',x'), @mine = 3", "sql_mode"),
            ("SET @x = 1", ""),
            ("SET GLOBAL max_connections = 10", ""),
            ("SET NAMES utf8mb4", ""),
            ("UPDATE t SET a = 1", ""),
        ] {
            assert_eq!(set(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_program_has_a_delimiter_of_its_own() {
        let program =
            "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.b = 1; SET NEW.c = '//'; END";
        assert_eq!(Mysql.statement(program), format!("DELIMITER $$\n{program}\n$$\nDELIMITER ;\n"));
        assert_eq!(Mysql.statement("SELECT ';' -- a"), "SELECT ';' -- a\n;\n");
    }
}

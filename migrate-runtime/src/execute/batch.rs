//! The statements of a batch of SQL Server. T-SQL wants nothing between two of them, so every word that begins one
//! counts, unless it stands where it is known to be part of another.

use super::words::{Words, begins, has};

/// Words that begin a statement, or stand right behind the word that does. All but a few are reserved: outside quotes
/// they are nothing else.
const STATEMENTS: [&str; 51] = [
    "ALTER",
    "BACKUP",
    "BEGIN",
    "BREAK",
    "BULK",
    "CHECKPOINT",
    "CLOSE",
    "COMMIT",
    "CONTINUE",
    "CONVERSATION",
    "CREATE",
    "DBCC",
    "DEALLOCATE",
    "DECLARE",
    "DELETE",
    "DENY",
    "DISABLE",
    "DROP",
    "ELSE",
    "ENABLE",
    "EXEC",
    "EXECUTE",
    "FETCH",
    "GOTO",
    "GRANT",
    "IF",
    "INSERT",
    "KILL",
    "MERGE",
    "OPEN",
    "PRINT",
    "RAISERROR",
    "RECEIVE",
    "RECONFIGURE",
    "RESTORE",
    "RETURN",
    "REVERT",
    "REVOKE",
    "ROLLBACK",
    "SAVE",
    "SELECT",
    "SEND",
    "SENSITIVITY",
    "SET",
    "SIGNATURE",
    "THROW",
    "TRUNCATE",
    "UPDATE",
    "USE",
    "WAITFOR",
    "WHILE",
];

/// What takes all of its batch: nothing can follow it.
const PROGRAMS: [&str; 5] = ["FUNCTION", "PROC", "PROCEDURE", "TRIGGER", "VIEW"];

/// Whether the batch creates or alters a procedure, a function, a trigger or a view: what else it says is inside that.
pub(super) fn is_program(words: &[String]) -> bool {
    let first: Vec<_> = words.iter().take(4).map(String::as_str).collect();
    let (["CREATE", "OR", "ALTER", kind] | ["CREATE" | "ALTER", kind, ..]) = first[..] else { return false };
    PROGRAMS.contains(&kind)
}

/// Cuts a batch into its statements; when in doubt, into more than there are.
pub(super) fn statements(batch: Words) -> Vec<Words> {
    if is_program(&batch) {
        return vec![batch];
    }
    let mut statements: Vec<Words> = vec![Vec::new()];
    // The words of the statement that stand outside of parentheses.
    let mut outside = Words::new();
    let mut begun = false;
    let mut depth = 0_usize;
    for (at, word) in batch.iter().enumerate() {
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && STATEMENTS.contains(&word.as_str()) {
            // What stands before the first, as WITH does, belongs to it.
            let next = batch.get(at + 1).map_or("", String::as_str);
            if std::mem::replace(&mut begun, true) && !is_clause(&outside, word, next) {
                statements.push(Words::new());
                outside.clear();
            }
        }
        if depth == 0 {
            outside.push(word.clone());
        }
        if let Some(current) = statements.last_mut() {
            current.push(word.clone());
        }
    }
    statements
}

/// Whether `word` goes on with the statement that has begun with `before`.
fn is_clause(before: &[String], word: &str, next: &str) -> bool {
    let begins_with = |word: &str| begins(before, &[word]);
    let last = before.last().map_or("", String::as_str);
    let defines = begins_with("CREATE") || begins_with("ALTER");
    let grants = ["GRANT", "DENY", "REVOKE"].iter().any(|verb| begins_with(verb));
    if grants && (last == "WITH" || !(has(before, "TO") || has(before, "ON") || has(before, "FROM"))) {
        return true;
    }
    let rows = has(before, "INSERT") && !has(before, "VALUES") && !has(before, "SELECT");
    match word {
        "ALTER" | "DROP" => defines && (last == "OR" || ["COLUMN", "CONSTRAINT"].contains(&next)),
        "DELETE" | "UPDATE" => (defines && last == "ON") || (has(before, "MERGE") && last == "THEN"),
        "INSERT" => has(before, "MERGE") && last == "THEN",
        "SET" => {
            next == "("
                || begins(before, &["ALTER", "DATABASE"])
                || (defines && ["DELETE", "UPDATE"].contains(&last))
                || ((has(before, "UPDATE") || has(before, "MERGE")) && !has(before, "SET"))
                || (has(before, "MERGE") && last == "UPDATE")
        }
        "IF" => next == "EXISTS" && (begins_with("DROP") || defines),
        "SELECT" => rows || ["UNION", "EXCEPT", "INTERSECT", "ALL"].contains(&last),
        "EXEC" | "EXECUTE" => rows,
        "FETCH" => ["ROW", "ROWS"].contains(&last),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use migrate_core::Dialect;

    use super::super::words::statements;

    fn count(batch: &str) -> usize {
        statements(Dialect::Mssql, batch).len()
    }

    #[test]
    fn a_clause_is_no_statement() {
        for one in [
            "CREATE TABLE t (a int REFERENCES u ON DELETE SET NULL)",
            "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u ON DELETE CASCADE ON UPDATE SET DEFAULT",
            "ALTER TABLE t ALTER COLUMN a int",
            "ALTER TABLE t DROP CONSTRAINT c",
            "DROP TABLE IF EXISTS t",
            "UPDATE t SET a = (SELECT 1)",
            "INSERT INTO t SELECT 1 UNION ALL SELECT 2",
            "WITH x AS (SELECT 1 AS a) INSERT INTO t SELECT a FROM x",
            "GRANT SELECT, UPDATE ON t TO u WITH GRANT OPTION",
            "MERGE t USING u ON a = b WHEN MATCHED THEN UPDATE SET a = 1 WHEN NOT MATCHED THEN INSERT VALUES (1);",
            "CREATE OR ALTER PROCEDURE p AS SELECT 1 SELECT 2",
            "SELECT a FROM t ORDER BY a OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY",
            "CREATE INDEX i\n ON a (b);",
        ] {
            assert_eq!(count(one), 1, "{one}");
        }
    }

    #[test]
    fn every_word_that_begins_a_statement_counts() {
        for two in [
            "INSERT INTO a VALUES (1) SELECT 1/0",
            "DROP TABLE a DROP TABLE b",
            "UPDATE t SET a = 1 SET NOCOUNT ON",
            "INSERT INTO t VALUES (1) THROW 50000, 'x', 1",
            "UPDATE t SET a = 1 RAISERROR('x', 16, 1)",
            "INSERT INTO t DEFAULT VALUES WAITFOR DELAY '0:0:1'",
            "INSERT INTO t VALUES (1) PRINT 'x'",
            "CREATE TABLE t (a int) DBCC CHECKDB",
            "CREATE TABLE t (a int) DISABLE TRIGGER x ON t",
            "GRANT SELECT ON t TO u SELECT 1",
            "IF 1 = 1 DROP TABLE t",
            "DECLARE @a int = 1 SELECT @a",
        ] {
            assert_eq!(count(two), 2, "{two}");
        }
    }
}

//! Whether a statement can reach out of the database that it runs in, judged by its words. Pure.

use std::collections::BTreeSet;

use migrate_core::{
    Dialect,
    sql::{LexemeKind, lexemes},
};

/// What of a statement (on SQL Server: of a batch) names another database, the server as a whole, or a file; none if
/// nothing does. `others`: the databases that a statement can name, in lower case.
pub(super) fn of(dialect: Dialect, sql: &str, others: &BTreeSet<String>) -> Option<String> {
    let words = words(dialect, sql);
    let starts = starts(&words);
    let found = match dialect {
        Dialect::Postgres => postgres(&words, &starts),
        Dialect::Mysql | Dialect::Mariadb => mysql(&words, &starts),
        Dialect::Mssql => mssql(&words),
        Dialect::Sqlite => sqlite(&words, &starts),
    };
    found.or_else(|| named(dialect, &words, others)).or_else(|| {
        // What is put together when it runs: each text of it alone, and all of them as one.
        let texts = programs(dialect, &words, &starts);
        let all = (texts.len() > 1).then(|| texts.concat());
        texts.iter().chain(&all).find_map(|text| of(dialect, text, others))
    })
}

/// A word, a quoted text or a sign.
struct Word {
    /// As it is, but for words, which are in upper case.
    text: String,
    written: String,
    /// What it names, in lower case, if it can name something.
    name: Option<String>,
    /// What a string holds.
    string: Option<String>,
}

impl Word {
    fn is(&self, text: &str) -> bool {
        self.text == text
    }
}

fn words(dialect: Dialect, sql: &str) -> Vec<Word> {
    let lexemes = lexemes(dialect, sql).filter_map(|lexeme| {
        let text = sql.get(lexeme.span)?;
        Some(match lexeme.kind {
            LexemeKind::Comment => return None,
            // A conditional comment is code.
            LexemeKind::Symbol if text.len() > 1 => return None,
            LexemeKind::Symbol => {
                Word { text: text.to_owned(), written: text.to_owned(), name: None, string: None }
            }
            LexemeKind::Word => {
                let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
                let name = (!is_number).then(|| text.to_lowercase());
                Word { text: text.to_uppercase(), written: text.to_owned(), name, string: None }
            }
            LexemeKind::Quoted | LexemeKind::Unclosed => {
                let (name, string) = match unquoted(text) {
                    Some(inner) if is_string(dialect, text) => (None, Some(inner)),
                    inner => (inner.map(|inner| inner.to_lowercase()), None),
                };
                // MySQL takes "a" for a name where sql_mode says so.
                let is_either = matches!(dialect, Dialect::Mysql | Dialect::Mariadb) && text.starts_with('"');
                let name =
                    name.or_else(|| string.as_ref().filter(|_| is_either).map(|name| name.to_lowercase()));
                Word { text: text.to_owned(), written: text.to_owned(), name, string }
            }
        })
    });
    lexemes.collect()
}

fn is_string(dialect: Dialect, text: &str) -> bool {
    match dialect {
        Dialect::Postgres => !text.starts_with('"'),
        Dialect::Mysql | Dialect::Mariadb => text.starts_with(['\'', '"', '$']),
        Dialect::Mssql | Dialect::Sqlite => text.starts_with('\''),
    }
}

/// What stands between quotes, dollar quotes or brackets.
fn unquoted(text: &str) -> Option<String> {
    if let Some(rest) = text.strip_prefix('$') {
        let tag = &text[..rest.find('$')? + 2];
        return Some(text.strip_prefix(tag)?.strip_suffix(tag)?.to_owned());
    }
    // E'...', U&'...'.
    let open = text.find(['\'', '"', '`', '['])?;
    let quote = text[open..].chars().next()?;
    let close = if quote == '[' { ']' } else { quote };
    let inner = text.get(open + 1..text.len().checked_sub(1)?)?;
    Some(inner.replace(&format!("{close}{close}"), &close.to_string()))
}

/// Where statements begin: a text may hold several, and a stored program holds them.
fn starts(words: &[Word]) -> Vec<usize> {
    const BEFORE: [&str; 6] = [";", "BEGIN", "THEN", "ELSE", "DO", "LOOP"];
    let behind = |(at, word): (usize, &Word)| BEFORE.contains(&word.text.as_str()).then_some(at + 1);
    std::iter::once(0).chain(words.iter().enumerate().filter_map(behind)).collect()
}

/// Whether these words come one behind the other; `|` parts those that may stand in one place.
fn runs(words: &[Word], at: usize, run: &[&str]) -> bool {
    let is = |(offset, allowed): (usize, &&str)| {
        words.get(at + offset).is_some_and(|word| allowed.split('|').any(|allowed| word.is(allowed)))
    };
    run.iter().enumerate().all(is)
}

fn shown(words: &[Word], at: usize, count: usize) -> String {
    let texts: Vec<_> = words.iter().skip(at).take(count).map(|word| word.written.as_str()).collect();
    format!("`{}`", texts.join(" "))
}

/// The first statement that begins with one of these runs.
fn begins(words: &[Word], starts: &[usize], any: &[&[&str]]) -> Option<String> {
    starts.iter().find_map(|at| {
        let run = any.iter().find(|run| runs(words, *at, run))?;
        Some(shown(words, *at, run.len()))
    })
}

/// The first of these runs, wherever it stands.
fn holds(words: &[Word], any: &[&[&str]]) -> Option<String> {
    let all: Vec<usize> = (0..words.len()).collect();
    begins(words, &all, any)
}

/// CREATE, ALTER or DROP of a whole database, unless what is behind it is an option of the one it runs in.
fn database(words: &[Word], run: &[&str], own: &[&str]) -> Option<String> {
    let at = (0..words.len()).find(|at| {
        let next = words.get(at + run.len());
        // Where nothing follows, the name is put in when it runs: that of the database itself, as a rule.
        let is_named = next.is_some_and(|next| next.name.is_some() && !own.contains(&next.text.as_str()));
        runs(words, *at, run) && is_named
    })?;
    Some(shown(words, at, run.len() + 1))
}

fn postgres(words: &[Word], starts: &[usize]) -> Option<String> {
    // Without a user mapping no foreign table leads anywhere.
    const RUNS: [&[&str]; 5] = [
        &["ALTER", "SYSTEM"],
        &["CREATE|ALTER|DROP", "ROLE|USER|GROUP|TABLESPACE|SUBSCRIPTION"],
        &["DROP|REASSIGN", "OWNED"],
        &["IMPORT", "FOREIGN"],
        &["COMMENT", "ON", "DATABASE|ROLE|TABLESPACE"],
    ];
    begins(words, starts, &RUNS)
        .or_else(|| database(words, &["CREATE|ALTER|DROP", "DATABASE"], &[]))
        .or_else(|| {
            let rests = starts.iter().filter_map(|at| words.get(*at..));
            let mut statements = rests.filter_map(|rest| rest.split(|word| word.is(";")).next());
            let found = statements.find(|statement| is_shared_grant(statement) || copies_out(statement));
            found.map(|statement| shown(statement, 0, 2))
        })
        .or_else(|| {
            let leads = |word: &Word| word.name.as_deref().is_some_and(leads_away);
            let called = words.windows(2).find(|pair| pair[1].is("(") && leads(&pair[0]));
            called.map(|pair| shown(pair, 0, 1))
        })
}

/// GRANT and REVOKE of a role, or of what all databases share.
fn is_shared_grant(statement: &[Word]) -> bool {
    let on = statement.iter().position(|word| word.is("ON"));
    let what = on.and_then(|on| statement.get(on + 1));
    let is_shared = |what: &Word| ["DATABASE", "TABLESPACE", "PARAMETER"].contains(&what.text.as_str());
    runs(statement, 0, &["GRANT|REVOKE"]) && what.is_none_or(is_shared)
}

/// COPY into a file, or to or from a program.
fn copies_out(statement: &[Word]) -> bool {
    let is_out = |pair: &[Word]| {
        (pair[0].is("TO") && pair[1].string.is_some())
            || ((pair[0].is("TO") || pair[0].is("FROM")) && pair[1].is("PROGRAM"))
    };
    runs(statement, 0, &["COPY"]) && statement.windows(2).any(is_out)
}

/// A function that works in another database, in another session, or on a file.
fn leads_away(function: &str) -> bool {
    function.starts_with("dblink")
        || ["pg_terminate_backend", "pg_cancel_backend", "lo_export"].contains(&function)
}

fn mysql(words: &[Word], starts: &[usize]) -> Option<String> {
    const RUNS: [&[&str]; 17] = [
        &["USE"],
        &["SET", "GLOBAL|PERSIST|PERSIST_ONLY|PASSWORD"],
        &["SET", "DEFAULT", "ROLE"],
        &["CREATE|ALTER|DROP|RENAME", "USER|ROLE|SERVER|TABLESPACE|LOGFILE|INSTANCE"],
        &["CREATE", "OR", "REPLACE", "USER|ROLE|SERVER"],
        &["CREATE|ALTER|DROP", "UNDO", "TABLESPACE"],
        &["GRANT"],
        &["REVOKE"],
        &["FLUSH"],
        &["RESET"],
        &["PURGE"],
        &["SHUTDOWN"],
        &["RESTART"],
        &["KILL"],
        &["INSTALL|UNINSTALL"],
        &["CHANGE"],
        &["START|STOP", "REPLICA|SLAVE|ALL|GROUP_REPLICATION"],
    ];
    const OWN: [&str; 7] = ["CHARACTER", "CHARSET", "COLLATE", "DEFAULT", "READ", "COMMENT", "ENCRYPTION"];
    let anywhere: [&[&str]; 2] =
        [&["INTO", "OUTFILE|DUMPFILE"], &["@", "@", "GLOBAL|PERSIST|PERSIST_ONLY", "."]];
    // What is read of the server's settings changes nothing; what is set does.
    let sets = starts.iter().any(|at| runs(words, *at, &["SET"]));
    begins(words, starts, &RUNS)
        .or_else(|| holds(words, &anywhere[..1]))
        .or_else(|| sets.then(|| holds_before_equals(words, anywhere[1])).flatten())
        .or_else(|| database(words, &["CREATE|DROP", "DATABASE|SCHEMA"], &[]))
        .or_else(|| database(words, &["CREATE", "OR", "REPLACE", "DATABASE|SCHEMA"], &[]))
        .or_else(|| database(words, &["ALTER", "DATABASE|SCHEMA"], &OWN))
}

/// A variable of the server that something is assigned to.
fn holds_before_equals(words: &[Word], run: &[&str]) -> Option<String> {
    let at = (0..words.len()).find(|at| {
        let behind = words.get(at + run.len() + 1);
        runs(words, *at, run) && behind.is_some_and(|behind| behind.is("=") || behind.is(":"))
    })?;
    Some(shown(words, at, run.len() + 1).replace(' ', ""))
}

fn mssql(words: &[Word]) -> Option<String> {
    const RUNS: [&[&str]; 7] = [
        &["CREATE|ALTER|DROP", "LOGIN|SERVER|ENDPOINT|CREDENTIAL|AVAILABILITY"],
        &["BACKUP|RESTORE", "DATABASE|LOG"],
        &["SHUTDOWN"],
        &["KILL"],
        &["RECONFIGURE"],
        &["OPENROWSET|OPENQUERY|OPENDATASOURCE", "("],
        &[
            "XP_CMDSHELL|SP_CONFIGURE|SP_ADDLINKEDSERVER|SP_DROPSERVER|SP_RENAMEDB|SP_DETACH_DB|SP_ATTACH_DB|SP_MSFOREACHDB|\
             SP_ADDLOGIN|SP_DROPLOGIN|SP_ADDSRVROLEMEMBER|SP_DBOPTION",
        ],
    ];
    const OWN: [&str; 4] = ["CURRENT", "SCOPED", "AUDIT", "ENCRYPTION"];
    // OPTION (USE HINT (...)), OPTION (USE PLAN ...).
    let switch = (0..words.len()).find(|at| words[*at].is("USE") && !runs(words, *at, &["USE", "HINT|PLAN"]));
    switch
        .map(|at| shown(words, at, 2))
        .or_else(|| holds(words, &RUNS))
        .or_else(|| database(words, &["CREATE|ALTER|DROP", "DATABASE"], &OWN))
}

fn sqlite(words: &[Word], starts: &[usize]) -> Option<String> {
    let vacuum = starts.iter().find(|at| {
        let rest = words.get(**at..).unwrap_or_default();
        runs(rest, 0, &["VACUUM"]) && rest.iter().take(3).any(|word| word.is("INTO"))
    });
    let pragma: &[&str] = &["PRAGMA", "TEMP_STORE_DIRECTORY|DATA_STORE_DIRECTORY"];
    begins(words, starts, &[&["ATTACH"], pragma])
        .or_else(|| vacuum.map(|at| shown(words, *at, 1) + " into a file"))
        .or_else(|| holds(words, &[&["LOAD_EXTENSION", "("]]))
}

/// A name before which another database stands.
fn named(dialect: Dialect, words: &[Word], others: &BTreeSet<String>) -> Option<String> {
    let at = (0..words.len()).find(|at| {
        let is_dot = |at: Option<usize>| at.and_then(|at| words.get(at)).is_some_and(|word| word.is("."));
        let Some(name) =
            words[*at].name.as_ref().filter(|_| is_dot(Some(at + 1)) && !is_dot(at.checked_sub(1)))
        else {
            return false;
        };
        match dialect {
            // a.b is a table in a schema; a.b.c and a..c are one in a database, a.b.c.d one on another server.
            Dialect::Mssql => {
                let is_long = is_dot(Some(at + 2)) || is_dot(Some(at + 3));
                let is_remote = is_dot(Some(at + 5)) && is_changed(words, *at);
                is_long && (others.contains(name) || is_remote)
            }
            Dialect::Mysql | Dialect::Mariadb => others.contains(name) && !is_column(words, *at, name),
            Dialect::Postgres | Dialect::Sqlite => false,
        }
    })?;
    Some(format!("`{}` names another database", words[at].written.trim_matches(['`', '"', '[', ']'])))
}

/// What stands before the name of a table that is changed, or of a program that is run.
fn is_changed(words: &[Word], at: usize) -> bool {
    const BEFORE: [&str; 21] = [
        "INTO",
        "TABLE",
        "TABLES",
        "INSERT",
        "REPLACE",
        "DELETE",
        "IGNORE",
        "LOW_PRIORITY",
        "QUICK",
        "DELAYED",
        "CALL",
        "EXEC",
        "EXECUTE",
        "EXISTS",
        "TRUNCATE",
        "VIEW",
        "TRIGGER",
        "PROCEDURE",
        "FUNCTION",
        "EVENT",
        "SEQUENCE",
    ];
    let before = |back: usize| at.checked_sub(back).and_then(|at| words.get(at));
    let is = |back: usize, text: &str| before(back).is_some_and(|word| word.is(text));
    before(1).is_some_and(|word| BEFORE.contains(&word.text.as_str()))
        || (is(1, "UPDATE") && !is(2, "KEY"))
        || (is(1, "FROM") && ["DELETE", "IGNORE", "QUICK", "LOW_PRIORITY"].iter().any(|word| is(2, word)))
}

/// Whether `name.x` is the column of a table or of an alias that happens to be called like a database: then the
/// statement has the name somewhere by itself.
fn is_column(words: &[Word], at: usize, name: &str) -> bool {
    const WITHOUT_COLUMNS: [&str; 5] = ["ALTER", "DROP", "RENAME", "TRUNCATE", "LOCK"];
    let is_call = words.get(at + 3).is_some_and(|word| word.is("("));
    let is_index = runs(words, 0, &["CREATE", "INDEX|UNIQUE|FULLTEXT|SPATIAL"]);
    let has_columns =
        words.first().is_none_or(|first| !is_index && !WITHOUT_COLUMNS.contains(&first.text.as_str()));
    let stands_alone = |other: usize| {
        let is_dot = |at: Option<usize>| at.and_then(|at| words.get(at)).is_some_and(|word| word.is("."));
        let is_same = words[other].name.as_deref() == Some(name);
        is_same && !is_dot(Some(other + 1)) && !is_dot(other.checked_sub(1))
    };
    has_columns && !is_call && !is_changed(words, at) && (0..words.len()).any(stands_alone)
}

/// The strings of a statement that makes SQL of strings.
fn programs(dialect: Dialect, words: &[Word], starts: &[usize]) -> Vec<String> {
    let is_dynamic = match dialect {
        Dialect::Postgres => {
            runs(words, 0, &["DO"])
                || runs(words, 0, &["CREATE", "FUNCTION|PROCEDURE"])
                || runs(words, 0, &["CREATE", "OR", "REPLACE", "FUNCTION|PROCEDURE"])
                || words.iter().any(|word| word.is("EXECUTE"))
        }
        Dialect::Mysql | Dialect::Mariadb => {
            starts.iter().any(|at| runs(words, *at, &["SET", "@"]))
                || words.iter().any(|word| word.is("PREPARE") || word.is("IMMEDIATE"))
                || words.windows(2).any(|pair| pair[0].is("INTO") && pair[1].is("@"))
        }
        Dialect::Mssql => {
            words.iter().any(|word| ["EXEC", "EXECUTE", "SP_EXECUTESQL"].contains(&word.text.as_str()))
        }
        Dialect::Sqlite => false,
    };
    if !is_dynamic {
        return Vec::new();
    }
    words.iter().filter_map(|word| word.string.clone()).filter(|text| !text.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(dialect: Dialect, sql: &str) -> Option<String> {
        let others = ["shop", "users"].map(str::to_owned).into();
        of(dialect, sql, &others)
    }

    fn reach(dialect: Dialect, statements: &[&str]) {
        for sql in statements {
            assert!(found(dialect, sql).is_some(), "{dialect}: {sql}");
        }
    }

    fn stay(dialect: Dialect, statements: &[&str]) {
        for sql in statements {
            assert_eq!(found(dialect, sql), None, "{dialect}: {sql}");
        }
    }

    #[test]
    fn mysql_and_mariadb_do_not_leave_the_database() {
        for dialect in [Dialect::Mysql, Dialect::Mariadb] {
            reach(
                dialect,
                &[
                    "USE `shop`",
                    "/*!40000 DROP DATABASE IF EXISTS `shop`*/",
                    "CREATE DATABASE IF NOT EXISTS other",
                    "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop`",
                    "alter schema shop character set utf8mb4",
                    "DELETE FROM shop.orders",
                    "DELETE FROM `Shop` . `orders`",
                    "DELETE FROM users.users WHERE users.id = 1",
                    "INSERT INTO users.log SELECT * FROM users",
                    "INSERT shop.log VALUES (1)",
                    "UPDATE a JOIN shop.b ON a.id = b.id SET b.x = 1",
                    "UPDATE users, shop.b SET b.x = users.x",
                    "DROP TABLE users, users.log",
                    "ALTER TABLE orders RENAME TO shop.orders",
                    "CREATE INDEX users ON users.log (a)",
                    "CREATE TABLE a (b int, FOREIGN KEY (b) REFERENCES shop.c (d))",
                    "CREATE PROCEDURE p() BEGIN DELETE FROM shop.orders; END",
                    "CREATE PROCEDURE p() BEGIN IF 1 THEN DROP DATABASE shop; END IF; END",
                    "SELECT users.wipe() FROM users",
                    "PREPARE s FROM 'DELETE FROM shop.orders'",
                    "SET @sql = CONCAT('DELETE FROM ', 'shop', '.orders')",
                    "EXECUTE IMMEDIATE \"USE shop\"",
                    "SET GLOBAL max_connections = 1",
                    "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'x:1'",
                    "SET SESSION a = 1, @@global.b = 2",
                    "GRANT ALL ON *.* TO 'a'@'%'",
                    "CREATE USER a",
                    "SELECT * FROM a INTO OUTFILE '/tmp/a'",
                ],
            );
            stay(
                dialect,
                &[
                    "SELECT users.id FROM users JOIN orders AS shop ON shop.user_id = users.id",
                    "UPDATE users SET a = 1 WHERE users.id = 2",
                    "INSERT INTO users (a) VALUES (1) ON DUPLICATE KEY UPDATE users.a = 2",
                    "INSERT INTO mail VALUES ('shop.example.com')",
                    "ALTER TABLE t COMMENT = 'USE shop', CHANGE a b int",
                    "ALTER DATABASE CHARACTER SET utf8mb4",
                    "SET @sql = 'ALTER TABLE orders ADD x int'",
                    "PREPARE s FROM @sql",
                    "SET @old = @@GLOBAL.sql_mode, NAMES utf8mb4",
                    "SELECT count(*) INTO @n FROM information_schema.columns WHERE table_schema = DATABASE()",
                    "SELECT * FROM t USE INDEX (i)",
                    "CREATE TRIGGER a BEFORE INSERT ON b FOR EACH ROW SET NEW.x = 1.5",
                ],
            );
        }
    }

    #[test]
    fn sql_server_does_not_leave_the_database() {
        reach(
            Dialect::Mssql,
            &[
                "USE [shop]",
                "SELECT 1 USE shop DROP TABLE a",
                "CREATE DATABASE other",
                "ALTER DATABASE [shop] SET RECOVERY SIMPLE",
                "DELETE FROM shop.dbo.orders",
                "DELETE FROM [shop]..[orders]",
                "INSERT INTO far.shop.dbo.orders VALUES (1)",
                "EXEC('USE shop; DELETE FROM orders')",
                "EXEC sp_executesql N'DELETE FROM shop.dbo.orders'",
                "DECLARE @s nvarchar(max) = N'DELETE FROM ' + N'shop' + N'.dbo.orders' EXEC(@s)",
                "EXEC xp_cmdshell 'dir'",
                "DROP LOGIN a",
                "RESTORE DATABASE shop FROM DISK = 'x'",
            ],
        );
        stay(
            Dialect::Mssql,
            &[
                "ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON",
                "ALTER DATABASE SCOPED CONFIGURATION SET MAXDOP = 1",
                "SELECT shop.id FROM dbo.shop WHERE dbo.shop.id = 1 OPTION (USE HINT ('x'))",
                "IF OBJECT_ID('tempdb..#t') IS NULL SELECT 1 AS a INTO #t",
                "EXEC sp_rename N'dbo.users.a', N'b', 'COLUMN'",
                "CREATE USER a FOR LOGIN b",
                "GRANT SELECT ON dbo.users TO a",
            ],
        );
    }

    #[test]
    fn postgres_does_not_leave_the_database() {
        reach(
            Dialect::Postgres,
            &[
                "CREATE DATABASE x",
                "ALTER DATABASE shop SET timezone = 'UTC'",
                "COMMENT ON DATABASE shop IS 'x'",
                "ALTER SYSTEM SET work_mem = '1MB'",
                "CREATE ROLE a",
                "DROP OWNED BY a",
                "GRANT reader TO writer",
                "GRANT CONNECT ON DATABASE shop TO a",
                "SELECT dblink_exec('dbname=shop', 'DELETE FROM users')",
                "SELECT * FROM public.\"dblink\"('dbname=shop', 'DELETE FROM users') AS t (a int)",
                "DO $do$ BEGIN PERFORM dblink('dbname=shop', 'DELETE FROM users'); END $do$",
                "DO $$ BEGIN EXECUTE 'ALTER DATABASE shop SET work_mem = ''1MB'''; END $$",
                "CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (user 'u')",
                "IMPORT FOREIGN SCHEMA a FROM SERVER s INTO b",
                "COPY a TO '/tmp/a'",
                "COPY a FROM PROGRAM 'cat x'",
            ],
        );
        stay(
            Dialect::Postgres,
            &[
                "GRANT SELECT ON users TO a",
                "REVOKE ALL ON SCHEMA public FROM PUBLIC",
                "CREATE EXTENSION dblink",
                "COMMENT ON TABLE users IS 'CREATE DATABASE x'",
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET x = 1', current_database()); END $$",
                "INSERT INTO shop.users VALUES ('USE shop; DROP DATABASE x')",
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT users.id FROM shop.users $$",
            ],
        );
    }

    #[test]
    fn sqlite_does_not_leave_its_file() {
        reach(
            Dialect::Sqlite,
            &[
                "attach 'shop.db' as s",
                "SELECT 1; ATTACH 'a' AS b",
                "VACUUM INTO 'a.db'",
                "VACUUM main INTO 'a.db'",
            ],
        );
        stay(Dialect::Sqlite, &["VACUUM", "INSERT INTO a VALUES ('ATTACH')", "PRAGMA foreign_keys = OFF"]);
    }
}

use super::{Grammar, Tables, Timeouts, literal, millis};

pub(super) struct Mssql;

impl Grammar for Mssql {
    fn quote(&self, name: &str) -> String {
        format!("[{}]", name.replace(']', "]]"))
    }

    fn text(&self, text: &str) -> String {
        national(text)
    }

    fn create(&self, tables: &Tables, schema: Option<&str>) -> Vec<String> {
        let (version, history) = (self.table(tables, &tables.version), self.table(tables, &tables.history));
        let mut sql = Vec::new();
        if let Some(schema) = schema {
            // CREATE SCHEMA must be alone in its batch.
            sql.push(format!(
                "IF SCHEMA_ID({}) IS NULL EXEC({})",
                national(schema),
                national(&format!("CREATE SCHEMA {}", self.quote(schema)))
            ));
        }
        let unless_there = |name: &str| format!("IF OBJECT_ID({}, N'U') IS NULL", national(name));
        // Ids that differ in case alone are two revisions, whatever the database's collation says.
        let id = "varchar(64) COLLATE Latin1_General_BIN2";
        sql.push(format!(
            "{} CREATE TABLE {history} (\
             id bigint IDENTITY PRIMARY KEY, \
             revision {id} NOT NULL, \
             direction varchar(8) NOT NULL, \
             checksum char(64) NULL, \
             progress char(64) NULL, \
             statements int NOT NULL, \
             attempted int NOT NULL, \
             started datetime2 NOT NULL, \
             finished datetime2 NULL, \
             tool nvarchar(64) NOT NULL, \
             who nvarchar(255) NOT NULL)",
            unless_there(&history)
        ));
        sql.push(format!(
            "{} CREATE TABLE {version} (\
             revision {id} NOT NULL PRIMARY KEY, \
             lineage char(64) NOT NULL)",
            unless_there(&version)
        ));
        sql
    }

    // With XACT_ABORT a failed statement ends its batch and rolls the transaction back, with the exceptions that the
    // session knows of. With IMPLICIT_TRANSACTIONS, BEGIN TRANSACTION opens two.
    fn begin(&self) -> &'static str {
        "SET IMPLICIT_TRANSACTIONS OFF; SET XACT_ABORT ON; BEGIN TRANSACTION;"
    }

    // A COMMIT inside the revision would have ended the transaction unnoticed.
    fn commit(&self) -> &'static str {
        "IF @@TRANCOUNT <> 1 THROW 50000, 'the revision ended or nested the transaction that surrounds it', 1; \
         COMMIT TRANSACTION;"
    }

    // A script that has set one of these would have the server read the rest and do nothing.
    fn rollback(&self) -> &'static str {
        "SET PARSEONLY OFF; SET NOEXEC OFF; SET FMTONLY OFF; IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;"
    }

    fn now(&self) -> &'static str {
        "SYSUTCDATETIME()"
    }

    // sp_getapplock: 0 and 1 mean granted, negative numbers not.
    fn try_lock(&self, key: &str) -> Option<String> {
        Some(format!(
            "DECLARE @granted int, @resource nvarchar(255) = {}; \
             EXEC @granted = sp_getapplock @Resource = @resource, @LockMode = N'Exclusive', \
             @LockOwner = N'Session', @LockTimeout = 0; SELECT CASE WHEN @granted >= 0 THEN '1' ELSE '0' END",
            lock_name(key)
        ))
    }

    fn unlock(&self, key: &str) -> Option<String> {
        Some(format!(
            "DECLARE @resource nvarchar(255) = {}; \
             EXEC sp_releaseapplock @Resource = @resource, @LockOwner = N'Session'",
            lock_name(key)
        ))
    }

    fn lock_key(&self, tables: &Tables) -> String {
        let schema = match tables.namespace.last() {
            Some(schema) => national(schema),
            None => schema_of(self, tables),
        };
        format!("CONCAT(DB_NAME(), N'/', {schema}, N'/', {})", national(&tables.version))
    }

    // A name without a schema is looked up in the user's default schema, then in dbo.
    fn locate(&self, tables: &Tables, schema: Option<&str>) -> Option<String> {
        Some(format!("SELECT DB_NAME(), {}", schema.map_or_else(|| schema_of(self, tables), national)))
    }

    // A row of NULL stands for a missing table. Not an error, so that a transaction of the caller survives it.
    fn heads(&self, tables: &Tables) -> String {
        let table = self.table(tables, &tables.version);
        let name = national(&table);
        format!(
            "IF OBJECT_ID({name}, N'U') IS NULL SELECT CAST(NULL AS varchar(64)) AS revision, NULL AS lineage \
             ELSE SELECT revision, lineage FROM {table}"
        )
    }

    fn transactional_ddl(&self) -> bool {
        true
    }

    fn set_timeouts(&self, timeouts: Timeouts, _local: bool) -> Vec<String> {
        timeouts.lock.map(|wait| format!("SET LOCK_TIMEOUT {};", millis(wait))).into_iter().collect()
    }

    // What runs inside EXEC can end the transaction and begin another, and @@TRANCOUNT is 1 again: the journal's row went
    // with the first.
    fn or_throw(&self) -> &'static str {
        "; IF @@ROWCOUNT <> 1 THROW 50000, 'the revision ended the transaction that surrounds it', 1"
    }

    // The bits of @@OPTIONS are in the manual, "Configure the user options server configuration option". Everybody may
    // see their own session in sys.dm_exec_sessions. A script's own USE comes back first: the rest needs no database. With
    // the language come DATEFIRST and DATEFORMAT, which stand behind it. IDENTITY_INSERT cannot be asked for.
    fn prepare_session(&self) -> Option<&'static str> {
        None
    }

    fn snapshot(&self) -> &'static str {
        "SELECT 'USE ' + QUOTENAME(DB_NAME()), 'SET FMTONLY OFF', \
         'SET IMPLICIT_TRANSACTIONS ' + CASE WHEN @@OPTIONS & 2 = 0 THEN 'OFF' ELSE 'ON' END, \
         'SET CURSOR_CLOSE_ON_COMMIT ' + CASE WHEN @@OPTIONS & 4 = 0 THEN 'OFF' ELSE 'ON' END, \
         'SET ANSI_WARNINGS ' + CASE WHEN @@OPTIONS & 8 = 0 THEN 'OFF' ELSE 'ON' END, \
         'SET ANSI_PADDING ' + CASE WHEN @@OPTIONS & 16 = 0 THEN 'OFF' ELSE 'ON' END, \
         'SET ANSI_NULLS ' + CASE WHEN @@OPTIONS & 32 = 0 THEN 'OFF' ELSE 'ON' END, \
         'SET ARITHABORT ' + CASE WHEN @@OPTIONS & 64 = 0 THEN 'OFF' ELSE 'ON' END, \
         'SET QUOTED_IDENTIFIER ' + CASE WHEN @@OPTIONS & 256 = 0 THEN 'OFF' ELSE 'ON' END, \
         'SET NOCOUNT ' + CASE WHEN @@OPTIONS & 512 = 0 THEN 'OFF' ELSE 'ON' END, \
         'SET ANSI_NULL_DFLT_ON ' + CASE WHEN @@OPTIONS & 1024 = 0 THEN 'OFF' ELSE 'ON' END, \
         'SET CONCAT_NULL_YIELDS_NULL ' + CASE WHEN @@OPTIONS & 4096 = 0 THEN 'OFF' ELSE 'ON' END, \
         'SET NUMERIC_ROUNDABORT ' + CASE WHEN @@OPTIONS & 8192 = 0 THEN 'OFF' ELSE 'ON' END, \
         'SET XACT_ABORT ' + CASE WHEN @@OPTIONS & 16384 = 0 THEN 'OFF' ELSE 'ON' END, \
         'SET LOCK_TIMEOUT ' + CAST(@@LOCK_TIMEOUT AS varchar(12)), \
         (SELECT 'SET LANGUAGE ' + QUOTENAME(language, '''') FROM sys.dm_exec_sessions WHERE session_id = @@SPID), \
         'SET DATEFIRST ' + CAST(@@DATEFIRST AS varchar(12)), \
         (SELECT 'SET DATEFORMAT ' + date_format FROM sys.dm_exec_sessions WHERE session_id = @@SPID), \
         (SELECT 'SET DEADLOCK_PRIORITY ' + CAST(deadlock_priority AS varchar(12)) FROM sys.dm_exec_sessions \
         WHERE session_id = @@SPID), \
         (SELECT 'SET TEXTSIZE ' + CAST(CASE WHEN text_size < 0 THEN 2147483647 ELSE text_size END AS varchar(12)) \
         FROM sys.dm_exec_sessions WHERE session_id = @@SPID), \
         (SELECT 'SET TRANSACTION ISOLATION LEVEL ' + CASE transaction_isolation_level \
         WHEN 1 THEN 'READ UNCOMMITTED' WHEN 2 THEN 'READ COMMITTED' WHEN 3 THEN 'REPEATABLE READ' \
         WHEN 4 THEN 'SERIALIZABLE' WHEN 5 THEN 'SNAPSHOT' END \
         FROM sys.dm_exec_sessions WHERE session_id = @@SPID)"
    }
}

fn national(text: &str) -> String {
    format!("N{}", literal(text))
}

/// An expression for the schema that the version table is in, or would be created in.
fn schema_of(grammar: &Mssql, tables: &Tables) -> String {
    let name = national(&grammar.quote(&tables.version));
    format!("COALESCE(OBJECT_SCHEMA_NAME(OBJECT_ID({name}, N'U')), SCHEMA_NAME(), N'dbo')")
}

/// Application locks belong to a database already, and have names of 255 characters. Most databases fold the case of names.
pub(crate) fn lock_name(key: &str) -> String {
    format!("N'migrate:' + LEFT(LOWER({key}), 247)")
}

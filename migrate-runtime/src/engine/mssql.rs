use super::{Grammar, Tables, Timeouts, literal, millis, stable_hash};

pub(super) struct Mssql;

impl Grammar for Mssql {
    fn quote(&self, name: &str) -> String {
        format!("[{}]", name.replace(']', "]]"))
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
        let unless_there = |name: &str| format!("IF OBJECT_ID({}) IS NULL", national(name));
        sql.push(format!(
            "{} CREATE TABLE {version} (\
             revision varchar(64) NOT NULL PRIMARY KEY, \
             lineage char(64) NOT NULL)",
            unless_there(&version)
        ));
        sql.push(format!(
            "{} CREATE TABLE {history} (\
             id bigint IDENTITY PRIMARY KEY, \
             revision varchar(64) NOT NULL, \
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
        sql
    }

    // With XACT_ABORT a failed statement ends its batch and rolls the transaction back.
    fn begin(&self) -> &'static str {
        "SET XACT_ABORT ON; BEGIN TRANSACTION;"
    }

    // A COMMIT inside the revision would have ended the transaction unnoticed.
    fn commit(&self) -> &'static str {
        "IF @@TRANCOUNT <> 1 THROW 50000, 'the revision ended or nested the transaction that surrounds it', 1; \
         COMMIT TRANSACTION;"
    }

    fn rollback(&self) -> &'static str {
        "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;"
    }

    fn now(&self) -> &'static str {
        "SYSUTCDATETIME()"
    }

    // sp_getapplock: 0 and 1 mean granted, negative numbers not.
    fn try_lock(&self, key: &str) -> Option<String> {
        Some(format!(
            "DECLARE @granted int; EXEC @granted = sp_getapplock @Resource = {}, @LockMode = N'Exclusive', \
             @LockOwner = N'Session', @LockTimeout = 0; SELECT CASE WHEN @granted >= 0 THEN '1' ELSE '0' END",
            lock_name(key)
        ))
    }

    fn unlock(&self, key: &str) -> Option<String> {
        Some(format!("EXEC sp_releaseapplock @Resource = {}, @LockOwner = N'Session'", lock_name(key)))
    }

    fn locate(&self, _tables: &Tables, schema: Option<&str>) -> Option<String> {
        let schema = schema.map_or_else(|| "SCHEMA_NAME()".to_owned(), national);
        Some(format!("SELECT DB_NAME(), {schema}"))
    }

    // A row of NULL stands for a missing table. Not an error, so that a transaction of the caller survives it.
    fn heads(&self, tables: &Tables) -> String {
        let table = self.table(tables, &tables.version);
        let name = national(&table);
        format!(
            "IF OBJECT_ID({name}) IS NULL SELECT CAST(NULL AS varchar(64)) AS revision, NULL AS lineage \
             ELSE SELECT revision, lineage FROM {table}"
        )
    }

    fn transactional_ddl(&self) -> bool {
        true
    }

    fn set_timeouts(&self, timeouts: Timeouts, _local: bool) -> Vec<String> {
        timeouts.lock.map(|wait| format!("SET LOCK_TIMEOUT {};", millis(wait))).into_iter().collect()
    }

    // @@OPTIONS: 16384 is XACT_ABORT, 256 is QUOTED_IDENTIFIER.
    fn snapshot(&self) -> &'static str {
        "SELECT 'USE ' + QUOTENAME(DB_NAME()), \
         CASE WHEN @@OPTIONS & 16384 = 0 THEN 'SET XACT_ABORT OFF' ELSE 'SET XACT_ABORT ON' END, \
         CASE WHEN @@OPTIONS & 256 = 0 THEN 'SET QUOTED_IDENTIFIER OFF' ELSE 'SET QUOTED_IDENTIFIER ON' END, \
         'SET LOCK_TIMEOUT ' + CAST(@@LOCK_TIMEOUT AS varchar(12))"
    }
}

fn national(text: &str) -> String {
    format!("N{}", literal(text))
}

/// Application locks belong to a database already.
fn lock_name(key: &str) -> String {
    format!("N'migrate:{:016x}'", stable_hash(key))
}

use super::{Grammar, Tables, Timeouts, literal, millis};

pub(super) struct Postgres;

impl Grammar for Postgres {
    fn quote(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    fn create(&self, tables: &Tables, schema: Option<&str>) -> Vec<String> {
        let (version, history) = (self.table(tables, &tables.version), self.table(tables, &tables.history));
        let mut sql = Vec::new();
        if let Some(schema) = schema {
            sql.push(format!("CREATE SCHEMA IF NOT EXISTS {}", self.quote(schema)));
        }
        sql.push(format!(
            "CREATE TABLE IF NOT EXISTS {history} (\
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \
             revision varchar(64) NOT NULL, \
             direction varchar(8) NOT NULL, \
             checksum char(64), \
             progress char(64), \
             statements integer NOT NULL, \
             attempted integer NOT NULL, \
             started timestamptz NOT NULL, \
             finished timestamptz, \
             tool varchar(64) NOT NULL, \
             who varchar(255) NOT NULL)"
        ));
        sql.push(format!(
            "CREATE TABLE IF NOT EXISTS {version} (\
             revision varchar(64) PRIMARY KEY, \
             lineage char(64) NOT NULL)"
        ));
        sql
    }

    fn count_schemas(&self, schema: &str) -> Option<String> {
        Some(format!("SELECT count(*) FROM pg_namespace WHERE nspname = {}", literal(schema)))
    }

    fn begin(&self) -> &'static str {
        "BEGIN"
    }

    fn commit(&self) -> &'static str {
        "COMMIT"
    }

    fn rollback(&self) -> &'static str {
        "ROLLBACK"
    }

    fn now(&self) -> &'static str {
        "clock_timestamp()"
    }

    // Section 9.28.10 of the manual, "Advisory Lock Functions": held by the session until it is released or ends.
    fn try_lock(&self, key: &str) -> Option<String> {
        Some(format!("SELECT CASE WHEN pg_try_advisory_lock({}) THEN 1 ELSE 0 END", lock_number(key)))
    }

    fn unlock(&self, key: &str) -> Option<String> {
        Some(format!("SELECT pg_advisory_unlock({})", lock_number(key)))
    }

    fn lock_key(&self, tables: &Tables) -> String {
        let schema = match tables.namespace.first() {
            Some(schema) => literal(schema),
            None => format!("({})", schema_of(self, tables)),
        };
        format!("{schema} || '/' || {}", literal(&tables.version))
    }

    fn locate(&self, tables: &Tables, schema: Option<&str>) -> Option<String> {
        Some(match schema {
            Some(schema) => format!("SELECT {}", literal(schema)),
            None => schema_of(self, tables),
        })
    }

    fn transactional_ddl(&self) -> bool {
        true
    }

    fn set_timeouts(&self, timeouts: Timeouts, local: bool) -> Vec<String> {
        let set = if local { "SET LOCAL" } else { "SET" };
        let mut sql = Vec::new();
        if let Some(wait) = timeouts.lock {
            sql.push(format!("{set} lock_timeout = {}", millis(wait)));
        }
        if let Some(limit) = timeouts.statement {
            sql.push(format!("{set} statement_timeout = {}", millis(limit)));
        }
        sql
    }

    // A list, such as search_path, survives set_config() but not SET with a quoted value. RESET ALL would forget the
    // caller's own parameters (`app.tenant`), which pg_settings does not show, so only what was set since is reset, each
    // setting on its own: temp_buffers, for one, cannot be changed back once a temporary table was used. The role and the
    // session's user are no settings to RESET.
    fn snapshot(&self) -> &'static str {
        "SELECT 'inside', format('SELECT set_config(''session_authorization'', %L, true), set_config(''role'', %L, true)', \
         session_user, current_setting('role')) \
         UNION ALL SELECT NULL, format('SELECT set_config(''session_authorization'', %L, false), \
         set_config(''role'', %L, false)', session_user, current_setting('role')) \
         UNION ALL SELECT NULL, format('DO $restore$ DECLARE r record; BEGIN FOR r IN SELECT name, reset_val \
         FROM pg_settings WHERE source = ''session'' AND context IN (''user'', ''superuser'') AND name NOT IN \
         (''transaction_isolation'', ''transaction_read_only'', ''transaction_deferrable'') AND name <> ALL (%L) LOOP \
         BEGIN PERFORM set_config(r.name, r.reset_val, false); EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; \
         END $restore$', ARRAY(SELECT name FROM pg_settings WHERE source = 'session')) \
         UNION ALL SELECT NULL, format('SELECT set_config(%L, %L, false)', name, current_setting(name)) \
         FROM pg_settings WHERE source = 'session' AND context IN ('user', 'superuser') AND name NOT IN \
         ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable')"
    }

    fn prepare_session(&self) -> Option<&'static str> {
        None
    }
}

/// A query for the schema that the version table is in, or would be created in.
fn schema_of(grammar: &Postgres, tables: &Tables) -> String {
    format!(
        "SELECT coalesce((SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.oid = to_regclass({})), current_schema())",
        literal(&grammar.quote(&tables.version))
    )
}

/// The number that the lock has: whoever asks the same server finds the same.
fn lock_number(key: &str) -> String {
    format!("hashtextextended({key}, 0)")
}

use super::{Grammar, Tables, Timeouts};

pub(super) struct Sqlite;

impl Grammar for Sqlite {
    fn quote(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    fn create(&self, tables: &Tables, _schema: Option<&str>) -> Vec<String> {
        let (version, history) = (self.table(tables, &tables.version), self.table(tables, &tables.history));
        vec![
            format!(
                "CREATE TABLE IF NOT EXISTS {history} (\
                 id INTEGER PRIMARY KEY, \
                 revision TEXT NOT NULL, \
                 direction TEXT NOT NULL, \
                 checksum TEXT, \
                 progress TEXT, \
                 statements INTEGER NOT NULL, \
                 attempted INTEGER NOT NULL, \
                 started TEXT NOT NULL, \
                 finished TEXT, \
                 tool TEXT NOT NULL, \
                 who TEXT NOT NULL)"
            ),
            format!(
                "CREATE TABLE IF NOT EXISTS {version} (revision TEXT NOT NULL PRIMARY KEY, lineage TEXT NOT NULL)"
            ),
        ]
    }

    // "Transactions", 2.2: IMMEDIATE takes the write lock at once, so that what is read behind it stays true.
    fn begin(&self) -> &'static str {
        "BEGIN IMMEDIATE"
    }

    fn commit(&self) -> &'static str {
        "COMMIT"
    }

    fn rollback(&self) -> &'static str {
        "ROLLBACK"
    }

    fn now(&self) -> &'static str {
        "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
    }

    fn try_lock(&self, _key: &str) -> Option<String> {
        None
    }

    fn unlock(&self, _key: &str) -> Option<String> {
        None
    }

    fn lock_key(&self, tables: &Tables) -> String {
        super::literal(&tables.version)
    }

    fn locate(&self, _tables: &Tables, _schema: Option<&str>) -> Option<String> {
        None
    }

    fn transactional_ddl(&self) -> bool {
        true
    }

    fn set_timeouts(&self, timeouts: Timeouts, _local: bool) -> Vec<String> {
        timeouts
            .lock
            .map(|wait| format!("PRAGMA busy_timeout = {}", super::millis(wait)))
            .into_iter()
            .collect()
    }

    fn prepare_session(&self) -> Option<&'static str> {
        None
    }

    // What a revision may set for its own sake, and what would change what the next one means. The first lets the rest be
    // written again.
    fn snapshot(&self) -> &'static str {
        "SELECT 'PRAGMA query_only = ' || q.query_only, 'PRAGMA foreign_keys = ' || f.foreign_keys, \
         'PRAGMA legacy_alter_table = ' || l.legacy_alter_table, \
         'PRAGMA ignore_check_constraints = ' || i.ignore_check_constraints, \
         'PRAGMA recursive_triggers = ' || r.recursive_triggers, \
         'PRAGMA writable_schema = ' || w.writable_schema, \
         'PRAGMA read_uncommitted = ' || u.read_uncommitted, \
         'PRAGMA reverse_unordered_selects = ' || o.reverse_unordered_selects, \
         'PRAGMA busy_timeout = ' || b.timeout \
         FROM pragma_query_only q, pragma_foreign_keys f, pragma_legacy_alter_table l, \
         pragma_ignore_check_constraints i, pragma_recursive_triggers r, pragma_writable_schema w, \
         pragma_read_uncommitted u, pragma_reverse_unordered_selects o, pragma_busy_timeout b"
    }
}

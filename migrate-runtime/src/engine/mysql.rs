use super::{Grammar, Tables, Timeouts, literal};

/// MySQL and MariaDB.
pub(super) struct Mysql;

impl Grammar for Mysql {
    fn quote(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    fn create(&self, tables: &Tables, _schema: Option<&str>) -> Vec<String> {
        let (version, history) = (self.table(tables, &tables.version), self.table(tables, &tables.history));
        // Group Replication and Galera want InnoDB and a primary key for every table.
        let tail = "ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4";
        vec![
            format!(
                "CREATE TABLE IF NOT EXISTS {history} (\
                 id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, \
                 revision varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, \
                 direction varchar(8) NOT NULL, \
                 checksum char(64) CHARACTER SET ascii, \
                 progress char(64) CHARACTER SET ascii, \
                 statements int NOT NULL, \
                 attempted int NOT NULL, \
                 started datetime(6) NOT NULL, \
                 finished datetime(6), \
                 tool varchar(64) NOT NULL, \
                 who varchar(255) NOT NULL) {tail}"
            ),
            format!(
                "CREATE TABLE IF NOT EXISTS {version} (\
                 revision varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY, \
                 lineage char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL) {tail}"
            ),
        ]
    }

    fn begin(&self) -> &'static str {
        "START TRANSACTION"
    }

    fn commit(&self) -> &'static str {
        "COMMIT"
    }

    fn rollback(&self) -> &'static str {
        "ROLLBACK"
    }

    fn now(&self) -> &'static str {
        "UTC_TIMESTAMP(6)"
    }

    // "Locking Functions" of both manuals. MySQL limits names to 64 characters; MariaDB takes a negative timeout for
    // an error, so it is 0 and the caller polls. NULL is an error, not a lock.
    fn try_lock(&self, key: &str) -> Option<String> {
        Some(format!("SELECT GET_LOCK({}, 0)", lock_name(key)))
    }

    fn unlock(&self, key: &str) -> Option<String> {
        Some(format!("SELECT RELEASE_LOCK({})", lock_name(key)))
    }

    fn lock_key(&self, tables: &Tables) -> String {
        let database = tables.namespace.first().map_or_else(|| "DATABASE()".to_owned(), |name| literal(name));
        format!("CONCAT({database}, '/', {})", literal(&tables.version))
    }

    fn locate(&self, _tables: &Tables, schema: Option<&str>) -> Option<String> {
        Some(
            schema.map_or_else(
                || "SELECT DATABASE()".to_owned(),
                |schema| format!("SELECT {}", literal(schema)),
            ),
        )
    }

    fn heads(&self, tables: &Tables) -> String {
        format!("SELECT revision, lineage, VERSION() FROM {}", self.table(tables, &tables.version))
    }

    fn transactional_ddl(&self) -> bool {
        false
    }

    fn set_timeouts(&self, timeouts: Timeouts, _local: bool) -> Vec<String> {
        let mut sql = Vec::new();
        if let Some(wait) = timeouts.lock {
            let seconds = wait.as_secs().max(1);
            sql.push(format!("SET SESSION lock_wait_timeout = {seconds}"));
            sql.push(format!("SET SESSION innodb_lock_wait_timeout = {seconds}"));
        }
        sql
    }

    // The limit first: it would cut the list of variables.
    fn snapshot(&self) -> &'static str {
        "SELECT CONCAT('SET SESSION sql_select_limit = ', @@SESSION.sql_select_limit), \
         CONCAT('SET SESSION autocommit = ', @@SESSION.autocommit), \
         CONCAT('SET SESSION sql_mode = ', QUOTE(@@SESSION.sql_mode)), \
         CONCAT('USE `', REPLACE(DATABASE(), '`', '``'), '`')"
    }

    // Every variable of the session, and those of the server, which a session cannot set.
    fn variables(&self) -> Option<&'static str> {
        Some("SHOW SESSION VARIABLES")
    }

    // MySQL gives a list of quoted names, or NONE; MariaDB gives one name as it is, or NULL.
    fn role(&self) -> Option<&'static str> {
        Some(
            "SELECT CONCAT('SET ROLE ', COALESCE(IF(VERSION() LIKE '%MariaDB%', \
             CONCAT('`', REPLACE(CURRENT_ROLE(), '`', '``'), '`'), CURRENT_ROLE()), 'NONE'))",
        )
    }

    fn tables_without_transactions(&self, schemas: &[String]) -> Option<String> {
        let schemas: Vec<_> = ["DATABASE()".to_owned()]
            .into_iter()
            .chain(schemas.iter().map(|schema| literal(schema)))
            .collect();
        let schemas = schemas.join(", ");
        Some(format!(
            "SELECT 1 FROM information_schema.tables t LEFT JOIN information_schema.engines e ON e.engine = t.engine \
             WHERE t.table_schema IN ({schemas}) AND t.table_type = 'BASE TABLE' \
             AND COALESCE(e.transactions, 'NO') <> 'YES' LIMIT 1"
        ))
    }

    fn numbers_rows(&self) -> bool {
        true
    }

    // Without autocommit the heads that are read again behind the lock would be those of an older snapshot. A backslash
    // has to mean what it meant where the script was taken apart, and where it was written.
    fn prepare_session(&self) -> Option<&'static str> {
        Some(
            "SET SESSION autocommit = 1, \
             sql_mode = REPLACE(@@SESSION.sql_mode, 'NO_BACKSLASH_ESCAPES', '')",
        )
    }
}

/// Named locks are global to the server; the key names the database, in whatever case the server takes its name. A name
/// has 64 characters at the most.
pub(crate) fn lock_name(key: &str) -> String {
    format!("LEFT(CONCAT('migrate:', SHA2(LOWER({key}), 256)), 64)")
}

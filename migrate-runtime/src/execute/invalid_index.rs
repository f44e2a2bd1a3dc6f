//! Indexes that PostgreSQL could not finish building CONCURRENTLY: they stay, are INVALID, and `IF NOT EXISTS` takes
//! them for what is wanted. The manual: "CREATE INDEX", "Building Indexes Concurrently".

use migrate_core::{Dialect, sql};

use crate::{engine::literal, session::Session};

/// What a CREATE INDEX CONCURRENTLY names.
#[derive(Debug, PartialEq, Eq)]
struct Build {
    index: Option<String>,
    table: String,
    /// Whether an index that is there is taken as it is.
    takes_what_is_there: bool,
}

/// The name of the index, ready to be dropped, that a build of this statement has left INVALID.
pub(crate) async fn invalid_index(
    session: &mut (dyn Session + '_),
    dialect: Dialect,
    statement: &str,
) -> Option<String> {
    let build = Build::read(dialect, statement)?;
    let sql = build.query();
    let rows = session.query(&sql).await.ok()?;
    rows.into_iter().next()?.into_iter().next()?
}

/// The same, for a statement that has not run yet and would take such an index for its own.
pub(super) async fn in_the_way(
    session: &mut (dyn Session + '_),
    dialect: Dialect,
    statement: &str,
) -> Option<String> {
    Build::read(dialect, statement).filter(|build| build.takes_what_is_there)?;
    invalid_index(session, dialect, statement).await
}

/// What to do about it.
pub(crate) fn drop_it(index: &str) -> String {
    format!("the index {index} is INVALID: `DROP INDEX CONCURRENTLY {index}` first")
}

impl Build {
    fn read(dialect: Dialect, statement: &str) -> Option<Self> {
        if dialect != Dialect::Postgres {
            return None;
        }
        let tokens = sql::tokens(dialect, statement);
        let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.eq_ignore_ascii_case(word));
        let mut at = 1 + usize::from(is(1, "UNIQUE"));
        if !is(0, "CREATE") || !is(at, "INDEX") || !is(at + 1, "CONCURRENTLY") {
            return None;
        }
        at += 2;
        let takes_what_is_there = is(at, "IF");
        at += if takes_what_is_there { 3 } else { 0 };
        let index = if is(at, "ON") { None } else { Some(name(tokens.get(at)?)) };
        let mut table = at + 1 + usize::from(index.is_some());
        table += usize::from(is(table, "ONLY"));
        while is(table + 1, ".") {
            table += 2;
        }
        Some(Self { index, table: name(tokens.get(table)?), takes_what_is_there })
    }

    fn query(&self) -> String {
        // A partitioned table's index is invalid, and nothing is wrong, until it has one on each partition.
        let mut sql = format!(
            "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
             JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE NOT i.indisvalid AND c.relkind = 'i' AND t.relname = {}",
            literal(&self.table)
        );
        if let Some(index) = &self.index {
            sql.push_str(" AND c.relname = ");
            sql.push_str(&literal(index));
        }
        sql.push_str(" ORDER BY 1");
        sql
    }
}

/// A name as the catalogue has it.
fn name(token: &str) -> String {
    match token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => token.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_read_whatever_it_leaves_out() {
        let build = |sql| {
            Build::read(Dialect::Postgres, sql)
                .map(|build| (build.index.unwrap_or_default(), build.table, build.takes_what_is_there))
        };
        let is = |index: &str, table: &str, takes| Some((index.to_owned(), table.to_owned(), takes));
        assert_eq!(build("CREATE INDEX CONCURRENTLY i ON t (a)"), is("i", "t", false));
        assert_eq!(
            build("create unique index concurrently if not exists \"I\"\"x\" on only S.\"T\" (a)"),
            is("I\"x", "T", true)
        );
        assert_eq!(build("CREATE INDEX CONCURRENTLY ON s.T USING gin (a)"), is("", "t", false));
        assert_eq!(build("CREATE INDEX i ON t (a)"), None);
        assert_eq!(build("DROP INDEX CONCURRENTLY i"), None);
        assert_eq!(Build::read(Dialect::Mysql, "CREATE INDEX CONCURRENTLY i ON t (a)"), None);
    }
}

//! Names by convention.

use std::collections::BTreeMap;

use migrate_core::{Dialect, Error};

use crate::config::{Source, Spanned};

/// `[autogenerate.naming]`: how keys, indexes and checks are called that are not given a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Naming {
    primary_key: String,
    unique: String,
    index: String,
    foreign_key: String,
    check: String,
    exclusion: String,
}

impl Default for Naming {
    fn default() -> Self {
        Self {
            primary_key: "pk_{table}".to_owned(),
            unique: "uq_{table}_{columns}".to_owned(),
            index: "ix_{table}_{columns}".to_owned(),
            foreign_key: "fk_{table}_{columns}".to_owned(),
            check: "ck_{table}_{columns}".to_owned(),
            exclusion: "ex_{table}_{columns}".to_owned(),
        }
    }
}

/// What is given a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    PrimaryKey,
    Unique,
    Index,
    ForeignKey,
    Check,
    Exclusion,
}

const PLACEHOLDERS: [&str; 3] = ["table", "columns", "referred_table"];

impl Naming {
    /// The conventions of migrate.toml over those that hold by themselves.
    ///
    /// # Errors
    /// [`migrate_core::Code::InvalidConfiguration`] for an unknown kind or placeholder, with its place.
    pub(crate) fn read(source: &Source, patterns: &BTreeMap<String, Spanned<String>>) -> Result<Self, Error> {
        let mut naming = Self::default();
        for (kind, pattern) in patterns {
            let place = match kind.as_str() {
                "primary_key" => &mut naming.primary_key,
                "unique" => &mut naming.unique,
                "index" => &mut naming.index,
                "foreign_key" => &mut naming.foreign_key,
                "check" => &mut naming.check,
                "exclusion" => &mut naming.exclusion,
                _ => {
                    let message = format!("unknown key `autogenerate.naming.{}`", kind.escape_debug());
                    return Err(source.error(pattern.span.clone(), message).with_help(
                        "the keys here are primary_key, unique, index, foreign_key, check, exclusion",
                    ));
                }
            };
            if let Some(unknown) = unknown_placeholder(&pattern.value) {
                let message = format!("`{{{}}}` stands for nothing", unknown.escape_debug());
                return Err(source
                    .error(pattern.span.clone(), message)
                    .with_help("what may stand here: {table}, {columns}, {referred_table}"));
            }
            place.clone_from(&pattern.value);
        }
        Ok(naming)
    }

    /// What a thing is called that is given no name; none where it has none then, as a constraint on SQLite.
    pub(crate) fn by_convention(
        &self,
        dialect: Dialect,
        kind: Kind,
        table: &str,
        columns: &[&str],
        referred_table: &str,
    ) -> Option<String> {
        let has_name = match dialect {
            Dialect::Sqlite => kind == Kind::Index,
            Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql => true,
        };
        has_name.then(|| self.name(dialect, kind, table, columns, referred_table))
    }

    /// A name, no longer than the engine keeps.
    pub(super) fn name(
        &self,
        dialect: Dialect,
        kind: Kind,
        table: &str,
        columns: &[&str],
        referred_table: &str,
    ) -> String {
        let pattern = match kind {
            Kind::PrimaryKey => &self.primary_key,
            Kind::Unique => &self.unique,
            Kind::Index => &self.index,
            Kind::ForeignKey => &self.foreign_key,
            Kind::Check => &self.check,
            Kind::Exclusion => &self.exclusion,
        };
        let name = pattern
            .replace("{table}", table)
            .replace("{columns}", &columns.join("_"))
            .replace("{referred_table}", referred_table);
        // Without columns, what parts them from the rest is not needed.
        let name = if columns.is_empty() { name.trim_end_matches('_').to_owned() } else { name };
        shortened(dialect, name)
    }
}

fn unknown_placeholder(pattern: &str) -> Option<&str> {
    let mut parts =
        pattern.split('{').skip(1).map(|part| part.split_once('}').map_or(part, |(word, _)| word));
    parts.find(|word| !PLACEHOLDERS.contains(word))
}

/// The name as it is, or its beginning with a hash of the whole where the engine keeps no more.
pub(super) fn shortened(dialect: Dialect, name: String) -> String {
    // PostgreSQL counts bytes, the others characters.
    let (limit, length) = match dialect {
        Dialect::Postgres => (63, name.len()),
        Dialect::Mysql | Dialect::Mariadb => (64, name.chars().count()),
        Dialect::Mssql => (128, name.chars().count()),
        Dialect::Sqlite => return name,
    };
    if length <= limit {
        return name;
    }
    let kept = limit - 9;
    let end = match dialect {
        Dialect::Postgres => name.floor_char_boundary(kept),
        Dialect::Mysql | Dialect::Mariadb | Dialect::Mssql | Dialect::Sqlite => {
            name.char_indices().nth(kept).map_or(name.len(), |(at, _)| at)
        }
    };
    format!("{}_{:08x}", &name[..end], hash(&name))
}

/// FNV-1a: the same on every machine.
fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_filled_in() {
        let source = Source::new("migrate.toml", "");
        let pattern = |text: &str| Spanned { value: text.to_owned(), span: 0..0 };
        let patterns = |kind: &str, text: &str| BTreeMap::from([(kind.to_owned(), pattern(text))]);
        let naming =
            Naming::read(&source, &patterns("foreign_key", "{table}_{columns}_{referred_table}_fkey"));
        let name = naming.unwrap().name(Dialect::Postgres, Kind::ForeignKey, "a", &["b", "c"], "d");
        assert_eq!(name, "a_b_c_d_fkey");
        let error = Naming::read(&source, &patterns("fk", "x")).unwrap_err();
        assert!(error.to_string().contains("unknown key `autogenerate.naming.fk`"), "{error}");
        for text in ["{tabel}", "x_{", "{}"] {
            let error = Naming::read(&source, &patterns("index", text)).unwrap_err();
            assert!(error.to_string().contains("stands for nothing"), "{text}: {error}");
        }
    }

    #[test]
    fn a_name_is_no_longer_than_the_engine_keeps_and_still_its_own() {
        let long = "é".repeat(100);
        for (dialect, limit) in [(Dialect::Mysql, 64), (Dialect::Mssql, 100), (Dialect::Sqlite, 100)] {
            assert_eq!(shortened(dialect, long.clone()).chars().count(), limit, "{dialect}");
        }
        let short = shortened(Dialect::Postgres, long.clone());
        assert!(short.len() <= 63 && short.len() >= 62, "{short}");
        assert_ne!(short, shortened(Dialect::Postgres, format!("{long}x")));
        assert_eq!(shortened(Dialect::Postgres, "a".repeat(63)), "a".repeat(63));
        assert_eq!(
            shortened(Dialect::Postgres, "a".repeat(64)),
            format!("{}_d96f0f85", "a".repeat(54)),
            "the same on every machine"
        );
    }
}

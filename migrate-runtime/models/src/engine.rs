//! What holds for one engine only.

use std::collections::BTreeMap;

use migrate_core::Dialect;
use proc_macro2::Span;
use syn::{Error, Result};

use crate::{
    Spanned,
    entry::{Entry, Known, Problems},
};

/// Settings of which some may be left to those below.
pub trait Layer: Clone + Default {
    /// These settings, and the others where these say nothing.
    #[must_use]
    fn over(self, below: &Self) -> Self;
}

/// Settings for every engine, and for single ones over them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layers<T> {
    /// What holds wherever an engine says nothing else.
    pub base: T,
    /// What stands in `postgres(...)`, `mysql(...)` and so on.
    pub engines: BTreeMap<Dialect, T>,
}

impl<T: Layer> Layers<T> {
    /// What holds for an engine. `mysql(...)` counts for MariaDB too, below `mariadb(...)`.
    pub fn of(&self, dialect: Dialect) -> T {
        let below = match dialect {
            Dialect::Mariadb => Some(Dialect::Mysql),
            Dialect::Postgres | Dialect::Mysql | Dialect::Mssql | Dialect::Sqlite => None,
        };
        let layers = below.into_iter().chain([dialect]).filter_map(|dialect| self.engines.get(&dialect));
        layers.fold(self.base.clone(), |below, layer| layer.clone().over(&below))
    }

    /// Reads `postgres(...)` and the like, if the entry is one of them.
    pub(crate) fn read(
        &mut self,
        entry: &Entry<'_>,
        problems: &mut Problems,
        mut read: impl FnMut(&mut T, Dialect, &Entry<'_>, &mut Problems) -> Result<Known>,
    ) -> Result<bool> {
        let Ok(dialect) = entry.word.parse::<Dialect>() else { return Ok(false) };
        let mut layer = T::default();
        entry.list(problems, |entry, problems| read(&mut layer, dialect, entry, problems))?;
        self.engines.insert(dialect, layer);
        Ok(true)
    }

    /// The settings for every engine, and those of each single one.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.base).chain(self.engines.values())
    }
}

/// The engines that something is for: all, or those in `only(postgres, sqlite)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Only(pub Option<Spanned<Vec<Dialect>>>);

impl Only {
    /// Whether it is for this engine. Unlike settings, `mysql` does not mean MariaDB here.
    pub fn includes(&self, dialect: Dialect) -> bool {
        self.0.as_ref().is_none_or(|only| only.contains(&dialect))
    }

    pub(crate) fn read(&mut self, entry: &Entry<'_>, problems: &mut Problems) -> Result<()> {
        let names = entry.fields(problems)?;
        let mut dialects = Vec::with_capacity(names.len());
        for name in names {
            dialects.push(dialect(&name.value, name.span)?);
        }
        self.0 = Some(Spanned::new(dialects, entry.span));
        Ok(())
    }
}

fn dialect(word: &str, span: Span) -> Result<Dialect> {
    word.parse().map_err(|error: migrate_core::UnknownDialect| Error::new(span, error.to_string()))
}

/// A struct of settings that may each be left out.
macro_rules! layer {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Option<$type>,)*
        }

        impl $crate::Layer for $name {
            fn over(self, below: &Self) -> Self {
                Self { $($field: self.$field.or_else(|| below.$field.clone()),)* }
            }
        }
    };
}
pub(crate) use layer;

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;
    use crate::UniqueOptions;

    fn clustered(value: bool) -> UniqueOptions {
        UniqueOptions { clustered: Some(Spanned::new(value, Span::call_site())), ..UniqueOptions::default() }
    }

    #[test]
    fn mariadb_takes_what_mysql_says_unless_it_says_otherwise() {
        let mut layers = Layers::<UniqueOptions>::default();
        let of =
            |layers: &Layers<UniqueOptions>, dialect| layers.of(dialect).clustered.map(|flag| flag.value);
        assert_eq!(of(&layers, Dialect::Mariadb), None);
        layers.engines.insert(Dialect::Mysql, clustered(true));
        assert_eq!(of(&layers, Dialect::Mariadb), Some(true));
        assert_eq!(of(&layers, Dialect::Postgres), None);
        layers.engines.insert(Dialect::Mariadb, UniqueOptions::default());
        assert_eq!(of(&layers, Dialect::Mariadb), Some(true));
        layers.engines.insert(Dialect::Mariadb, clustered(false));
        assert_eq!(of(&layers, Dialect::Mariadb), Some(false));
        assert_eq!(of(&layers, Dialect::Mysql), Some(true));
    }
}

//! Unique constraints, indexes, foreign keys and checks: on the field where they are about one, else on the struct.

use std::collections::BTreeMap;

use migrate_core::Dialect;

use super::{
    attributes::{action, deferrable, flag, key, key_on_field, maybe},
    entry::Entry,
    writer::Writer,
};
use crate::{
    lower::{Kind, is_sound, mentioned, words},
    schema::{Check, Deferrable, Exclusion, ForeignKey, Index, IndexKey, KeyPart, ObjectName, Unique},
};

/// What a table says beside its columns, each where it is said.
#[derive(Debug, Default)]
pub(super) struct Parts<'t> {
    pub(super) on_table: Vec<Entry>,
    /// By the column.
    pub(super) on_fields: BTreeMap<&'t str, Vec<Entry>>,
}

impl<'t> Parts<'t> {
    fn put(&mut self, column: Option<&'t str>, entry: Entry) {
        match column {
            Some(column) => self.on_fields.entry(column).or_default().push(entry),
            None => self.on_table.push(entry),
        }
    }

    /// Whether the field has a unique constraint.
    fn is_unique(&self, column: &str) -> bool {
        self.of_column(column).any(|entry| match entry {
            Entry::Word(word) => word == "unique",
            Entry::List(name, _) => *name == "unique",
        })
    }

    /// Whether the field has a foreign key in the short form.
    fn refers(&self, column: &str) -> bool {
        self.of_column(column).any(|entry| match entry {
            Entry::Word(word) => word.starts_with("references = "),
            Entry::List(..) => false,
        })
    }

    fn of_column(&self, column: &str) -> impl Iterator<Item = &Entry> {
        self.on_fields.get(column).into_iter().flatten()
    }
}

impl<'a> Writer<'a> {
    pub(super) fn parts(&self) -> Parts<'a> {
        let mut parts = Parts::default();
        for unique in &self.table.uniques {
            self.unique(unique, &mut parts);
        }
        for index in &self.table.indexes {
            match self.as_unique(index) {
                Some(unique) => self.unique_of(&index.keys, &unique, &mut parts),
                None => self.index(index, &mut parts),
            }
        }
        for key in &self.table.foreign_keys {
            self.foreign_key(key, &mut parts);
        }
        for check in &self.table.checks {
            self.check(check, &mut parts);
        }
        for exclusion in &self.table.exclusions {
            parts.on_table.push(self.exclusion(exclusion));
        }
        parts
    }

    /// MySQL, MariaDB: a unique index that is nothing but a unique constraint.
    fn as_unique(&self, index: &Index) -> Option<Unique> {
        match self.context.schema.dialect {
            Dialect::Mysql | Dialect::Mariadb => {}
            Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => return None,
        }
        let columns: Vec<String> = index.columns().map(ToOwned::to_owned).collect();
        let mut plain = Index::new(&index.name, columns.iter().map(IndexKey::column).collect());
        plain.unique = true;
        plain.comment.clone_from(&index.comment);
        (plain == *index).then(|| Unique {
            name: Some(index.name.clone()),
            columns,
            include: Vec::new(),
            nulls_not_distinct: false,
            deferrable: Deferrable::No,
            clustered: None,
            comment: index.comment.clone(),
        })
    }

    fn unique_of(&self, keys: &'a [IndexKey], unique: &Unique, parts: &mut Parts<'a>) {
        let only = match keys {
            [IndexKey { part: KeyPart::Column(column), .. }] => Some(column.as_str()),
            _ => None,
        };
        self.unique_on(only, unique, parts);
    }

    fn unique(&self, unique: &'a Unique, parts: &mut Parts<'a>) {
        let only = match unique.columns.as_slice() {
            [only] => Some(only.as_str()),
            _ => None,
        };
        self.unique_on(only, unique, parts);
    }

    /// A field says one unique constraint at most.
    fn unique_on(&self, only: Option<&'a str>, unique: &Unique, parts: &mut Parts<'a>) {
        let only = only.filter(|only| !parts.is_unique(only));
        let columns: Vec<_> = unique.columns.iter().map(String::as_str).collect();
        let mut inner: Vec<_> = only.is_none().then(|| self.columns(&unique.columns)).into_iter().collect();
        inner.extend(self.name(Kind::Unique, unique.name.as_ref(), &columns, ""));
        inner.extend(deferrable(unique.deferrable));
        inner.extend(flag("nulls_not_distinct", unique.nulls_not_distinct));
        inner.extend(self.include(&unique.include));
        inner.extend(flag("clustered", unique.clustered == Some(true)));
        inner.extend(maybe("comment", unique.comment.as_ref()));
        parts.put(only, Entry::list("unique", inner));
    }

    fn index(&self, index: &'a Index, parts: &mut Parts<'a>) {
        let (only, mut inner) = match index.keys.as_slice() {
            [only @ IndexKey { part: KeyPart::Column(column), .. }] => {
                (Some(column.as_str()), key_on_field(only))
            }
            keys => {
                let keys = keys.iter().map(|part| key(part, |name| self.field_of(name))).collect();
                (None, vec![Entry::list("columns", keys)])
            }
        };
        let mut named: Vec<String> = Vec::new();
        for part in &index.keys {
            match &part.part {
                KeyPart::Column(column) => named.push(column.clone()),
                KeyPart::Expression(sql) => named.extend(words(sql).map(str::to_lowercase)),
            }
        }
        let named: Vec<_> = named.iter().map(String::as_str).collect();
        inner.extend(self.name(Kind::Index, Some(&index.name), &named, ""));
        inner.extend(flag("unique", index.unique));
        inner.extend(maybe("where", index.filter.as_ref()));
        inner.extend(maybe("using", index.method.as_ref()));
        inner.extend(self.include(&index.include));
        inner.extend(flag("nulls_not_distinct", index.nulls_not_distinct));
        inner.extend(flag("clustered", index.clustered));
        inner.extend(flag("invisible", index.invisible));
        let with: Vec<_> = index.options.iter().map(|(word, value)| Entry::text(word, value)).collect();
        inner.extend((!with.is_empty()).then(|| self.with(with)));
        inner.extend(maybe("comment", index.comment.as_ref()));
        parts.put(only, Entry::list("index", inner));
    }

    /// What is said of an index for all engines is in the words of PostgreSQL.
    fn with(&self, words: Vec<Entry>) -> Entry {
        let with = Entry::list("with", words);
        match self.context.schema.dialect {
            Dialect::Postgres => with,
            Dialect::Mysql | Dialect::Mariadb => Entry::list("mysql", vec![with]),
            Dialect::Mssql => Entry::list("mssql", vec![with]),
            Dialect::Sqlite => Entry::list("sqlite", vec![with]),
        }
    }

    /// The first key of a column goes by `references`, where there is nothing to say that the word has no place for.
    fn foreign_key(&self, key: &'a ForeignKey, parts: &mut Parts<'a>) {
        let only = match key.columns.as_slice() {
            [only] => Some(only.as_str()),
            _ => None,
        };
        let columns: Vec<_> = key.columns.iter().map(String::as_str).collect();
        let name = self.name(Kind::ForeignKey, key.name.as_ref(), &columns, &key.referred_table.name);
        let external = flag("external", self.is_external(key));
        let refers = Entry::text("references", &reference(&key.referred_table, &key.referred_columns));
        let options = action("on_delete", key.on_delete)
            .into_iter()
            .chain(action("on_update", key.on_update))
            .chain(flag("match_full", key.match_full))
            .chain(deferrable(key.deferrable));
        if let Some(only) = only
            && name.is_none()
            && external.is_none()
            && key.comment.is_none()
            && !parts.refers(only)
        {
            let entries = parts.on_fields.entry(only).or_default();
            entries.push(refers);
            entries.extend(options);
            return;
        }
        let mut inner: Vec<_> = only.is_none().then(|| self.columns(&key.columns)).into_iter().collect();
        inner.push(refers);
        inner.extend(external);
        inner.extend(name);
        inner.extend(options);
        inner.extend(maybe("comment", key.comment.as_ref()));
        parts.put(only, Entry::list("foreign_key", inner));
    }

    /// Whether the key refers to what is none of the models, or to what is no key.
    fn is_external(&self, key: &ForeignKey) -> bool {
        match self.context.schema.table(&key.referred_table) {
            None => true,
            Some(table) => {
                key.referred_columns.iter().any(|column| table.column(column).is_none())
                    || key.referred_columns.is_empty() && table.primary_key.is_none()
                    || self.context.schema.dialect == Dialect::Sqlite && !is_sound(key, self.context.schema)
            }
        }
    }

    fn check(&self, check: &'a Check, parts: &mut Parts<'a>) {
        let table = self.table;
        let columns = mentioned(table.columns.iter().map(|column| column.name.as_str()), &check.expression);
        let only = match columns.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        let name = self.name(Kind::Check, check.name.as_ref(), &columns, "");
        let more: Vec<_> = flag("no_inherit", check.no_inherit)
            .into_iter()
            .chain(maybe("comment", check.comment.as_ref()))
            .collect();
        if only.is_some() && name.is_none() && more.is_empty() {
            parts.put(only, Entry::text("check", &check.expression));
            return;
        }
        let mut inner: Vec<_> = name.into_iter().collect();
        inner.push(Entry::text("expr", &check.expression));
        inner.extend(more);
        parts.put(only, Entry::list("check", inner));
    }

    /// From its definition: `EXCLUDE USING gist (room WITH =) WHERE (...)`.
    fn exclusion(&self, exclusion: &Exclusion) -> Entry {
        let rest = exclusion.definition.trim_start_matches("EXCLUDE").trim_start();
        let (method, rest) = match rest.strip_prefix("USING ").and_then(|rest| rest.split_once(' ')) {
            Some((method, rest)) => (Some(method), rest),
            None => (None, rest),
        };
        let end = closing(rest);
        let expression = rest.get(1..end).unwrap_or_default();
        let mut rest = rest.get(end + 1..).unwrap_or_default().trim();
        let mut filter = None;
        if let Some(condition) = rest.strip_prefix("WHERE ") {
            let end = closing(condition);
            filter = condition.get(1..end);
            rest = condition.get(end + 1..).unwrap_or_default().trim();
        }
        let columns = mentioned(self.table.columns.iter().map(|column| column.name.as_str()), expression);
        let mut inner = vec![Entry::text("expr", expression)];
        inner.extend(method.filter(|method| *method != "gist").map(|method| Entry::text("using", method)));
        inner.extend(filter.map(|filter| Entry::text("where", filter)));
        inner.extend(self.name(Kind::Exclusion, Some(&exclusion.name), &columns, ""));
        if rest.contains("INITIALLY DEFERRED") {
            inner.push("initially_deferred".into());
        } else if rest.contains("DEFERRABLE") {
            inner.push("deferrable".into());
        }
        inner.extend(maybe("comment", exclusion.comment.as_ref()));
        Entry::list("exclude", inner)
    }
}

/// `teams.id`, `app.teams.id`, `teams(id, org)`; a name with a dot and the like in double quotes.
fn reference(table: &ObjectName, columns: &[String]) -> String {
    let schema = table.schema.as_ref().map(|schema| format!("{}.", part(schema))).unwrap_or_default();
    let table = part(&table.name);
    match columns {
        // `schema.table` would be a table and its column.
        [] if !schema.is_empty() => format!("{schema}{table}"),
        [] => table,
        [only] => format!("{schema}{table}.{}", part(only)),
        several => {
            let columns: Vec<_> = several.iter().map(|column| part(column)).collect();
            format!("{schema}{table}({})", columns.join(", "))
        }
    }
}

fn part(name: &str) -> String {
    let is_plain = name.trim() == name && !name.contains(['.', '(', ')', ',', '"']);
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Where the parenthesis that the text begins with is closed.
fn closing(text: &str) -> usize {
    let (mut depth, mut quoted) = (0_usize, None);
    for (at, letter) in text.char_indices() {
        match (letter, quoted) {
            (letter, Some(quote)) => quoted = Some(quote).filter(|quote| letter != *quote),
            ('\'' | '"', None) => quoted = Some(letter),
            ('(', None) => depth += 1,
            (')', None) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_quotes_where_a_name_could_be_taken_for_two() {
        let columns = |columns: &[&str]| columns.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let local = ObjectName::local("order items");
        assert_eq!(reference(&local, &columns(&["id"])), "order items.id");
        assert_eq!(reference(&local, &columns(&["a", "b(1)"])), "order items(a, \"b(1)\")");
        assert_eq!(reference(&local, &[]), "order items");
        let odd = ObjectName::in_schema("a.b", "c\"d");
        assert_eq!(reference(&odd, &columns(&[" e"])), "\"a.b\".\"c\"\"d\".\" e\"");
    }

    #[test]
    fn parentheses_in_quotes_close_nothing() {
        assert_eq!(closing("(a = ')' AND (b))x"), 16);
        assert_eq!(closing("(a"), 2);
    }
}

use std::collections::BTreeMap;

use migrate_core::{
    Dialect,
    sql::{LexemeKind, lexemes},
};

use super::{EnumType, KeyPart, ObjectName, Schema, Sequence, Table};
use crate::ddl;

/// Where the objects of one schema are put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The schema, as the objects name it.
    pub(crate) from: Option<String>,
    /// The same schema as types and expressions name it: the default schema has a name there too.
    pub(crate) named: Option<String>,
    /// The schema that the objects get.
    pub(crate) to: Option<String>,
    /// What types and expressions call it then; none for nothing at all.
    pub(crate) name: Option<String>,
}

impl Schema {
    /// The same objects in other schemas. A schema of which nothing is said stays. Types and expressions that name one
    /// of the objects with its schema follow; whatever else they name stands where it stood.
    pub(crate) fn relocated(&self, places: &[Place]) -> Self {
        let moved = |name: &ObjectName| match places.iter().find(|place| place.from == name.schema) {
            Some(place) => ObjectName { schema: place.to.clone(), name: name.name.clone() },
            None => name.clone(),
        };
        let texts = Texts::new(self, places);
        let mut out = Self::empty(self.dialect);
        let schema = |name: &String| moved(&ObjectName::in_schema(name, "")).schema;
        out.schemas = self.schemas.iter().filter_map(schema).collect();
        out.beside.clone_from(&self.beside);
        for ty in self.enums.values() {
            let name = moved(&ty.name);
            out.enums.insert(name.clone(), EnumType { name, ..ty.clone() });
        }
        for sequence in self.sequences.values() {
            let name = moved(&sequence.name);
            out.sequences.insert(name.clone(), Sequence { name, ..sequence.clone() });
        }
        for table in self.tables.values() {
            let mut table = Table { name: moved(&table.name), ..table.clone() };
            for key in &mut table.foreign_keys {
                key.referred_table = moved(&key.referred_table);
            }
            for text in texts_of(&mut table) {
                *text = texts.relocated(text);
            }
            out.insert(table);
        }
        out
    }

    fn names(&self) -> impl Iterator<Item = &ObjectName> {
        self.tables.keys().chain(self.enums.keys()).chain(self.sequences.keys())
    }
}

/// Every text of a table that may name an object with its schema.
fn texts_of(table: &mut Table) -> impl Iterator<Item = &mut String> {
    let columns = table.columns.iter_mut().flat_map(|column| {
        let generated = column.generated.as_mut().map(|generated| &mut generated.expression);
        std::iter::once(&mut column.ty).chain(&mut column.default).chain(generated)
    });
    let checks = table.checks.iter_mut().map(|check| &mut check.expression);
    let exclusions = table.exclusions.iter_mut().map(|exclusion| &mut exclusion.definition);
    let indexes = table.indexes.iter_mut().flat_map(|index| {
        let keys = index.keys.iter_mut().filter_map(|key| match &mut key.part {
            KeyPart::Expression(expression) => Some(expression),
            KeyPart::Column(_) => None,
        });
        keys.chain(&mut index.filter)
    });
    columns.chain(checks).chain(exclusions).chain(indexes)
}

/// The objects that texts may name, by their schema and their own name, with what stands before the name afterwards:
/// the schema and a dot, or nothing.
struct Texts {
    dialect: Dialect,
    names: BTreeMap<(String, String), String>,
}

impl Texts {
    fn new(schema: &Schema, places: &[Place]) -> Self {
        let name = |name: &ObjectName| {
            let place = places.iter().find(|place| place.from == name.schema)?;
            let prefix = place.name.as_ref().map(|name| format!("{}.", spelled(schema.dialect, name)));
            Some(((place.named.clone()?, name.name.clone()), prefix.unwrap_or_default()))
        };
        Self { dialect: schema.dialect, names: schema.names().filter_map(name).collect() }
    }

    /// The text with each `schema.object` that is known.
    fn relocated(&self, text: &str) -> String {
        let lexemes: Vec<_> = lexemes(self.dialect, text).collect();
        let word = |at: usize| lexemes.get(at).and_then(|lexeme| text.get(lexeme.span.clone()));
        let name = |at: usize| match lexemes.get(at)?.kind {
            LexemeKind::Word | LexemeKind::Quoted => name(self.dialect, word(at)?),
            LexemeKind::Comment | LexemeKind::Symbol | LexemeKind::Unclosed => None,
        };
        let (mut out, mut end) = (String::with_capacity(text.len()), 0);
        for (at, lexeme) in lexemes.iter().enumerate() {
            let is_first = at.checked_sub(1).is_none_or(|last| word(last) != Some("."));
            let (place, skipped) = if is_first && word(at + 1) == Some(".") {
                let known = name(at).zip(name(at + 2)).and_then(|named| self.prefix(&named));
                let Some(prefix) = known else { continue };
                (prefix.clone(), lexemes[at + 2].span.start)
            } else if self.dialect == Dialect::Postgres && is_name_in_string(&word, at) {
                let Some(inner) = word(at).and_then(|word| word.get(1..word.len().checked_sub(1)?)) else {
                    continue;
                };
                let inner = self.relocated(&inner.replace("''", "'"));
                (format!("'{}'", inner.replace('\'', "''")), lexeme.span.end)
            } else {
                continue;
            };
            out.push_str(text.get(end..lexeme.span.start).unwrap_or_default());
            out.push_str(&place);
            end = skipped;
        }
        out.push_str(text.get(end..).unwrap_or_default());
        out
    }

    /// What stands before the name of the object afterwards, if the object is known.
    fn prefix(&self, named: &(String, String)) -> Option<&String> {
        match self.dialect {
            Dialect::Mssql => {
                let is_it = |(known, _): &(&(String, String), &String)| {
                    known.0.eq_ignore_ascii_case(&named.0) && known.1.eq_ignore_ascii_case(&named.1)
                };
                self.names.iter().find(is_it).map(|(_, prefix)| prefix)
            }
            Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => self.names.get(named),
        }
    }
}

/// Whether the lexeme is a string that PostgreSQL reads as the name of an object: `nextval('app.numbers')`,
/// `'app.numbers'::regclass`.
fn is_name_in_string<'t>(word: &impl Fn(usize) -> Option<&'t str>, at: usize) -> bool {
    let is = |at: Option<usize>, words: &[&str]| {
        let found = at.and_then(word).unwrap_or_default();
        words.iter().any(|word| found.eq_ignore_ascii_case(word))
    };
    word(at).is_some_and(|word| word.starts_with('\''))
        && (is(at.checked_sub(1), &["("]) && is(at.checked_sub(2), &["nextval", "currval"])
            || is(Some(at + 1), &[":"])
                && is(Some(at + 2), &[":"])
                && is(Some(at + 3), &["regclass", "regtype"]))
}

/// The name that a word or a quoted word is; none for a string.
fn name(dialect: Dialect, word: &str) -> Option<String> {
    let inner = |quote: &str| {
        let inner = word.get(1..word.len().checked_sub(1)?)?;
        Some(inner.replace(&quote.repeat(2), quote))
    };
    match (word.chars().next()?, dialect) {
        ('"', _) => inner("\""),
        ('[', Dialect::Mssql) => inner("]"),
        ('`', Dialect::Mysql | Dialect::Mariadb) => inner("`"),
        (first, Dialect::Postgres) if first.is_alphabetic() || first == '_' => {
            // A string with a prefix, as E'...', is none.
            (!word.contains('\'')).then(|| word.to_lowercase())
        }
        (first, _) if first.is_alphabetic() || first == '_' => {
            (!word.contains('\'')).then(|| word.to_owned())
        }
        _ => None,
    }
}

/// The name as the engine shows it in an expression.
fn spelled(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => ddl::postgres::name::name(name),
        Dialect::Mssql | Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => ddl::quote(dialect, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Check, Column, Exclusion};

    fn place(from: &str, to: &str) -> Place {
        Place {
            from: Some(from.to_owned()),
            named: Some(from.to_owned()),
            to: Some(to.to_owned()),
            name: Some(to.to_owned()),
        }
    }

    /// A schema with an enum `st` and a sequence `numbers` in `app`, `myapp`, `Group` and the default schema.
    fn schema(dialect: Dialect) -> Schema {
        let mut schema = Schema::empty(dialect);
        for of in [Some("app"), Some("myapp"), Some("Group"), None] {
            let named = |name: &str| ObjectName { schema: of.map(ToOwned::to_owned), name: name.to_owned() };
            let ty = EnumType {
                name: named("st"),
                values: vec!["a".to_owned()],
                comment: None,
                needed_by: Vec::new(),
            };
            schema.enums.insert(named("st"), ty);
            let options = crate::schema::SequenceOptions::default();
            let sequence = Sequence {
                name: named("numbers"),
                ty: None,
                options,
                comment: None,
                is_owned: false,
                needed_by: Vec::new(),
            };
            schema.sequences.insert(named("numbers"), sequence);
        }
        schema
    }

    fn moved(dialect: Dialect, text: &str) -> String {
        let schema = schema(dialect);
        let home = Place { from: None, named: Some("public".to_owned()), to: None, name: None };
        let places = [place("app", "s_1"), place("Group", "s_2"), home];
        Texts::new(&schema, &places).relocated(text)
    }

    #[test]
    fn only_known_objects_of_a_schema_move_with_it() {
        for (text, expected) in [
            ("app.st", "s_1.st"),
            ("app.st[]", "s_1.st[]"),
            ("APP . st", "s_1.st"),
            ("myapp.st", "myapp.st"),
            ("\"Group\".st", "s_2.st"),
            ("\"Group\".\"st\"", "s_2.\"st\""),
            ("group.st", "group.st"),
            ("public.st", "st"),
            ("public.f(id)", "public.f(id)"),
            ("app.f(id) > 0 AND a <> 'a'::app.st", "app.f(id) > 0 AND a <> 'a'::s_1.st"),
            ("other.app.st", "other.app.st"),
            ("'see app.st'", "'see app.st'"),
            ("E'app.st'", "E'app.st'"),
            ("nextval('app.numbers')", "nextval('s_1.numbers')"),
            ("'T' || nextval('\"Group\".numbers'::regclass)", "'T' || nextval('s_2.numbers'::regclass)"),
            ("nextval('public.numbers')", "nextval('numbers')"),
            ("nextval('app.others')", "nextval('app.others')"),
        ] {
            assert_eq!(moved(Dialect::Postgres, text), expected);
        }
        assert_eq!(moved(Dialect::Mssql, "NEXT VALUE FOR [App].[numbers]"), "NEXT VALUE FOR [s_1].[numbers]");
    }

    #[test]
    fn a_schema_that_nobody_moves_stays() {
        let mut before = schema(Dialect::Postgres);
        let mut table = Table::new(ObjectName::in_schema("app", "t"));
        table.columns.push(Column::new("a", "app.st"));
        table.exclusions.push(Exclusion {
            name: "e".to_owned(),
            definition: "EXCLUDE USING gist (a WITH =) WHERE (a <> 'a'::app.st)".to_owned(),
            comment: None,
        });
        table.checks.push(Check {
            name: None,
            expression: "a <> 'a'::app.st".to_owned(),
            no_inherit: false,
            not_valid: false,
            comment: None,
        });
        before.insert(table);
        before.schemas.extend(["app".to_owned(), "auth".to_owned()]);
        let there = before.relocated(&[place("app", "s_1")]);
        let found = &there.tables[&ObjectName::in_schema("s_1", "t")];
        assert_eq!(found.columns[0].ty, "s_1.st");
        assert!(found.exclusions[0].definition.ends_with("'a'::s_1.st)"));
        assert!(there.schemas.contains("auth") && there.enums.contains_key(&ObjectName::local("st")));
        assert_eq!(there.relocated(&[place("s_1", "app")]), before);
    }
}

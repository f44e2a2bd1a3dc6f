//! The enumerated types of `PostgreSQL` that the revisions have made, read off their statements: what is known of them
//! where there is no server to ask.

use std::collections::BTreeMap;

use migrate_core::{
    Catalog, Dialect,
    revision::{Side, Step},
    sql::tokens,
};

use crate::schema::{EnumType, ObjectName};

/// The types as the revisions leave them.
pub(super) fn former_types(catalog: &Catalog<'_>) -> BTreeMap<ObjectName, EnumType> {
    let mut types = BTreeMap::new();
    for (index, _) in catalog.graph().iter() {
        // What is wrong with a script is found by those who run it.
        let Ok(script) = catalog.file(index).script(Dialect::Postgres, Side::Up) else { continue };
        for step in script.steps() {
            if let Step::Statement(statement) = step {
                apply(&mut types, &statement.sql);
            }
        }
    }
    types
}

/// What one statement does to the types.
fn apply(types: &mut BTreeMap<ObjectName, EnumType>, sql: &str) {
    let mut words = Words { tokens: tokens(Dialect::Postgres, sql), at: 0 };
    if words.take(&["create", "type"]) {
        let Some(name) = words.name() else { return };
        if words.take(&["as", "enum", "("]) {
            let values = words.strings();
            types.insert(name.clone(), EnumType { name, values, comment: None, needed_by: Vec::new() });
        }
    } else if words.take(&["drop", "type"]) {
        words.take(&["if", "exists"]);
        while let Some(name) = words.name() {
            types.remove(&name);
            if !words.take(&[","]) {
                break;
            }
        }
    } else if words.take(&["alter", "type"])
        && let Some(name) = words.name()
    {
        alter(types, &name, &mut words);
    }
}

fn alter(types: &mut BTreeMap<ObjectName, EnumType>, name: &ObjectName, words: &mut Words<'_>) {
    let moved = if words.take(&["rename", "to"]) {
        words.identifier().map(|new| ObjectName { schema: name.schema.clone(), name: new })
    } else if words.take(&["set", "schema"]) {
        words.identifier().map(|schema| ObjectName::in_schema(schema, name.name.clone()))
    } else {
        None
    };
    if let Some(new) = moved {
        if let Some(ty) = types.remove(name) {
            types.insert(new.clone(), EnumType { name: new, ..ty });
        }
        return;
    }
    let Some(ty) = types.get_mut(name) else { return };
    if words.take(&["rename", "value"]) {
        let old = words.string();
        words.take(&["to"]);
        if let (Some(old), Some(new)) = (old, words.string())
            && let Some(value) = ty.values.iter_mut().find(|value| **value == old)
        {
            *value = new;
        }
    } else if words.take(&["add", "value"]) {
        words.take(&["if", "not", "exists"]);
        let Some(new) = words.string() else { return };
        let after = if words.take(&["after"]) {
            1
        } else {
            words.take(&["before"]);
            0
        };
        let beside = words.string();
        let place = beside.and_then(|beside| ty.values.iter().position(|value| *value == beside));
        if !ty.values.contains(&new) {
            ty.values.insert(place.map_or(ty.values.len(), |at| at + after), new);
        }
    }
}

/// The tokens of a statement, taken one after the other.
struct Words<'s> {
    tokens: Vec<&'s str>,
    at: usize,
}

impl Words<'_> {
    /// Takes these words, or none of them.
    fn take(&mut self, words: &[&str]) -> bool {
        let rest = self.tokens.get(self.at..).unwrap_or_default();
        let fits = rest.len() >= words.len()
            && rest.iter().zip(words).all(|(token, word)| token.eq_ignore_ascii_case(word));
        if fits {
            self.at += words.len();
        }
        fits
    }

    /// An identifier: unquoted, in the case that the server keeps.
    fn identifier(&mut self) -> Option<String> {
        let token = *self.tokens.get(self.at)?;
        let name = match token.strip_prefix('"') {
            Some(rest) => rest.strip_suffix('"')?.replace("\"\"", "\""),
            None if token.starts_with(|letter: char| letter.is_alphabetic() || letter == '_') => {
                token.to_lowercase()
            }
            None => return None,
        };
        self.at += 1;
        Some(name)
    }

    /// A name with its schema, of which `public` is the default.
    fn name(&mut self) -> Option<ObjectName> {
        let first = self.identifier()?;
        if !self.take(&["."]) {
            return Some(ObjectName::local(first));
        }
        let name = self.identifier()?;
        Some(if first == "public" { ObjectName::local(name) } else { ObjectName::in_schema(first, name) })
    }

    /// A string, without its quotes.
    fn string(&mut self) -> Option<String> {
        let text = self.tokens.get(self.at)?.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'");
        self.at += 1;
        Some(text)
    }

    /// Strings with commas between them.
    fn strings(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        while let Some(text) = self.string() {
            found.push(text);
            self.take(&[","]);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_are_followed_through_their_statements() {
        let mut types = BTreeMap::new();
        for sql in [
            "CREATE TYPE state AS ENUM ('open', 'it''s done')",
            "create type \"Kind\" as enum()",
            "CREATE TYPE app.mood AS ENUM ('sad', 'glad')",
            "CREATE TYPE pair AS (a int, b int)",
            "ALTER TYPE state ADD VALUE 'blocked' AFTER 'open'",
            "ALTER TYPE State ADD VALUE IF NOT EXISTS 'new' BEFORE 'open'",
            "ALTER TYPE public.state RENAME VALUE 'open' TO 'active'",
            "ALTER TYPE app.mood RENAME TO feeling",
            // As a value is dropped.
            "ALTER TYPE \"Kind\" RENAME TO kind_old",
            "CREATE TYPE \"Kind\" AS ENUM ('a')",
            "DROP TYPE IF EXISTS kind_old, nothing",
            "ALTER TABLE t RENAME TO state",
        ] {
            apply(&mut types, sql);
        }
        let found: Vec<_> = types.values().map(|ty| (ty.name.to_string(), ty.values.join("|"))).collect();
        let expected =
            [("Kind", "a"), ("state", "new|active|blocked|it's done"), ("app.feeling", "sad|glad")];
        assert_eq!(found, expected.map(|(name, values)| (name.to_owned(), values.to_owned())));
    }
}

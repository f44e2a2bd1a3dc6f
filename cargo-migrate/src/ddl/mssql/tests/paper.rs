//! A server of paper: it reads statements and knows the manual's rules. Nothing may stand on a column that is altered,
//! dropped or renamed; a foreign key has to find its key, of the same type. Names are plain words here.

use std::collections::{BTreeMap, BTreeSet};

/// A table on paper: columns with their type and nullability, computed ones with their expression, and what stands on
/// them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Paper {
    columns: BTreeMap<String, String>,
    /// By name: what it is, with the columns that it names.
    things: BTreeMap<String, (Thing, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    Key,
    Index,
    UniqueIndex,
    Check,
    ForeignKey,
    Default,
}

/// A server of paper.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Server {
    tables: BTreeMap<String, Paper>,
}

/// The names in a text, outside strings.
fn names(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What stands in the first parentheses.
fn inside(text: &str) -> &str {
    text.split_once('(').map_or("", |(_, rest)| rest.split(')').next().unwrap())
}

fn set(text: &str) -> BTreeSet<&str> {
    text.split(',').map(|one| one.trim().trim_end_matches(" DESC")).collect()
}

impl Server {
    /// Does what the statement says, or panics where SQL Server would refuse it.
    pub(super) fn run(&mut self, sql: &str) {
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let words: Vec<&str> = sql.split(' ').collect();
        match words.as_slice() {
            ["CREATE", "TABLE", table, ..] => {
                assert!(self.tables.insert((*table).to_owned(), Paper::default()).is_none(), "{sql}");
                let body = sql.split_once('(').unwrap().1.strip_suffix(')').unwrap();
                self.add(table, body.trim());
            }
            ["DROP", "TABLE", table] => {
                self.refers(table, |key| panic!("{sql}: {key} refers to it"));
                self.tables.remove(*table).unwrap();
            }
            ["ALTER", "TABLE", table, "ADD", ..] => {
                let body = sql.split_once(" ADD ").unwrap().1;
                self.add(table, body);
            }
            ["ALTER", "TABLE", table, "DROP", "CONSTRAINT", ..] => {
                for name in sql.split_once("CONSTRAINT ").unwrap().1.split(", ") {
                    self.drop_thing(table, name);
                }
            }
            ["ALTER", "TABLE", table, "DROP", "COLUMN", ..] => {
                for name in sql.split_once("COLUMN ").unwrap().1.split(", ") {
                    self.free(table, name, &[], &sql);
                    self.tables.get_mut(*table).unwrap().columns.remove(name).unwrap();
                }
            }
            ["ALTER", "TABLE", table, "ALTER", "COLUMN", name, verb, "PERSISTED"] => {
                let columns = &mut self.tables.get_mut(*table).unwrap().columns;
                let made = columns.get_mut(*name).filter(|made| made.starts_with("AS ")).expect(&sql);
                let bare = made.trim_end_matches(" PERSISTED").to_owned();
                *made = if *verb == "ADD" { format!("{bare} PERSISTED") } else { bare };
            }
            ["ALTER", "TABLE", table, "ALTER", "COLUMN", name, ty, ..] => self.alter(table, name, ty, &sql),
            ["CREATE", "INDEX", name, "ON", table, ..]
            | ["CREATE", "UNIQUE", "INDEX", name, "ON", table, ..] => {
                let is_unique = words[1] == "UNIQUE";
                let thing = if is_unique { Thing::UniqueIndex } else { Thing::Index };
                let text = sql.split_once(&format!(" ON {table} ")).unwrap().1.to_owned();
                self.insert(table, name, thing, text);
            }
            ["DROP", "INDEX", name, "ON", table] => self.drop_thing(table, name),
            ["UPDATE", table, "SET", name, ..] => {
                assert!(self.tables[*table].columns.contains_key(*name), "{sql}");
            }
            ["EXEC", "sp_rename", from, to, kind] => {
                let bare = |word: &str| word.trim_start_matches("N'").trim_matches(['\'', ',']).to_owned();
                self.rename(&bare(from), &bare(to), &bare(kind), &sql);
            }
            _ => panic!("not understood: {sql}"),
        }
    }

    /// A list of columns and constraints.
    fn add(&mut self, table: &str, body: &str) {
        let mut depth = 0;
        let mut start = 0;
        let mut parts = Vec::new();
        for (at, character) in body.char_indices() {
            match character {
                '(' => depth += 1,
                ')' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push(&body[start..at]);
                    start = at + 1;
                }
                _ => {}
            }
        }
        parts.push(&body[start..]);
        // Foreign keys of the list do not see the keys of the list, unless the table is a new one.
        let is_new = self.tables[table].columns.is_empty();
        let has_key = parts.iter().any(|part| part.contains(" PRIMARY KEY") || part.contains(" UNIQUE"));
        let has_foreign_key = parts.iter().any(|part| part.contains(" FOREIGN KEY"));
        assert!(is_new || !(has_key && has_foreign_key), "{body}");
        for part in parts {
            let part = part.trim();
            let words: Vec<&str> = part.split(' ').collect();
            match words.as_slice() {
                ["CONSTRAINT", name, "DEFAULT", .., "FOR", column] => {
                    self.insert(table, name, Thing::Default, (*column).to_owned());
                }
                ["CONSTRAINT", name, "CHECK", ..] => {
                    let text = part.split_once("CHECK ").unwrap().1.to_owned();
                    self.insert(table, name, Thing::Check, text);
                }
                ["CONSTRAINT", name, "FOREIGN", ..] => self.foreign_key(table, name, part),
                ["CONSTRAINT", name, ..] => {
                    self.insert(table, name, Thing::Key, format!("({})", inside(part)));
                }
                [name, "AS", ..] => {
                    let paper = self.tables.get_mut(table).unwrap();
                    let expression = format!("AS {}", part.split_once(" AS ").unwrap().1);
                    for column in names(inside(part)) {
                        let known = paper.columns.get(&column);
                        assert!(
                            known.is_none_or(|ty| !ty.starts_with("AS ")),
                            "computed of computed: {part}"
                        );
                        assert!(
                            known.is_some() || column.parse::<u8>().is_ok(),
                            "{column} is not there: {part}"
                        );
                    }
                    assert!(paper.columns.insert((*name).to_owned(), expression).is_none(), "{part}");
                }
                [name, ty, rest @ ..] => {
                    let null = if rest.starts_with(&["NOT"]) { "NOT NULL" } else { "NULL" };
                    let paper = self.tables.get_mut(table).unwrap();
                    assert!(
                        paper.columns.insert((*name).to_owned(), format!("{ty} {null}")).is_none(),
                        "{part}"
                    );
                    if let Some((_, default)) = part.split_once("CONSTRAINT ") {
                        let default = default.split(' ').next().unwrap();
                        self.insert(table, default, Thing::Default, (*name).to_owned());
                    }
                }
                _ => panic!("not understood: {part}"),
            }
        }
    }

    fn insert(&mut self, table: &str, name: &str, thing: Thing, text: String) {
        let paper = self.tables.get_mut(table).unwrap();
        if thing != Thing::Check {
            for column in set(text.trim_matches(['(', ')']).split(')').next().unwrap()) {
                assert!(paper.columns.contains_key(column), "{table}.{column} is not there: {name} {text}");
            }
        }
        assert!(
            paper.things.insert(name.to_owned(), (thing, text)).is_none(),
            "{table}.{name} is there already"
        );
    }

    fn foreign_key(&mut self, table: &str, name: &str, part: &str) {
        let (own, rest) = part.split_once(" REFERENCES ").unwrap();
        let referred = rest.split(' ').next().unwrap();
        let there = &self.tables[referred];
        let is_key = there.things.values().any(|(thing, text)| {
            matches!(thing, Thing::Key | Thing::UniqueIndex)
                && !text.contains("WHERE")
                && set(inside(text)) == set(inside(rest))
        });
        assert!(is_key, "there is no key for {part}");
        let type_of = |paper: &Paper, column: &str| {
            paper.columns.get(column).unwrap().split(' ').next().unwrap().to_owned()
        };
        for (one, other) in inside(own).split(", ").zip(inside(rest).split(", ")) {
            let types = (type_of(&self.tables[table], one), type_of(there, other));
            assert_eq!(types.0, types.1, "{part}");
        }
        let text = format!("({}) {rest}", inside(own));
        self.insert(table, name, Thing::ForeignKey, text);
    }

    fn refers(&self, table: &str, mut found: impl FnMut(&str)) {
        for (owner, paper) in &self.tables {
            for (name, (thing, text)) in &paper.things {
                let refers =
                    text.split_once(") ").is_some_and(|(_, rest)| rest.split(' ').next() == Some(table));
                if *thing == Thing::ForeignKey && refers && owner != table {
                    found(name);
                }
            }
        }
    }

    fn drop_thing(&mut self, table: &str, name: &str) {
        let (thing, text) = self.tables.get_mut(table).unwrap().things.remove(name).unwrap_or_else(|| {
            panic!("{table}.{name} is not there");
        });
        if matches!(thing, Thing::Key | Thing::UniqueIndex) {
            for paper in self.tables.values() {
                for (key, (_, found)) in
                    paper.things.iter().filter(|(_, (thing, _))| *thing == Thing::ForeignKey)
                {
                    let rest = found.split_once(") ").unwrap().1;
                    let is_on_it =
                        rest.starts_with(&format!("{table} ")) && set(inside(rest)) == set(inside(&text));
                    assert!(!is_on_it, "{key} stands on {name}");
                }
            }
        }
    }

    /// Nothing stands on the column, but for what may.
    fn free(&self, table: &str, column: &str, may: &[Thing], sql: &str) {
        let paper = &self.tables[table];
        for (name, (thing, text)) in &paper.things {
            let own = if *thing == Thing::ForeignKey { inside(text) } else { text.as_str() };
            assert!(may.contains(thing) || !names(own).contains(column), "{name} is in the way: {sql}");
        }
        if may.contains(&Thing::ForeignKey) {
            return;
        }
        for (name, ty) in &paper.columns {
            let is_made_of_it = ty.starts_with("AS ") && name != column && names(ty).contains(column);
            assert!(!is_made_of_it, "{name} is in the way: {sql}");
        }
        for (name, (thing, text)) in self.tables.values().flat_map(|paper| &paper.things) {
            if *thing == Thing::ForeignKey {
                let rest = text.split_once(") ").unwrap().1;
                let is_on_it = rest.starts_with(&format!("{table} ")) && names(inside(rest)).contains(column);
                assert!(!is_on_it, "{name} is in the way: {sql}");
            }
        }
    }

    fn alter(&mut self, table: &str, column: &str, ty: &str, sql: &str) {
        let old = self.tables[table].columns[column].clone();
        let null = if sql.ends_with("NOT NULL") { "NOT NULL" } else { "NULL" };
        let (old_type, old_null) = old.split_once(' ').unwrap();
        assert!(!old.starts_with("AS "), "{sql}");
        let may: &[Thing] = match (old_type == ty, old_null == null) {
            (true, false) if null == "NULL" => {
                &[Thing::Default, Thing::Index, Thing::UniqueIndex, Thing::ForeignKey]
            }
            (true, false) => &[Thing::Default, Thing::ForeignKey],
            (false, _) if old_type.starts_with("nvarchar") && ty.starts_with("nvarchar") => {
                let is_longer = (ty.len(), ty) >= (old_type.len(), old_type);
                match is_longer && old_null == null {
                    true => &[Thing::Default, Thing::Index, Thing::UniqueIndex, Thing::Check],
                    false if old_null == null => &[Thing::Default, Thing::Check],
                    false => &[Thing::Default],
                }
            }
            (true, true) | (false, _) => &[],
        };
        if !(old_type == ty && null == "NULL") {
            let keys = self.tables[table].things.iter().filter(|(_, (thing, _))| *thing == Thing::Key);
            for (name, (_, text)) in keys {
                let is_unique_and_longer = name.starts_with("uq") && may.contains(&Thing::Index);
                assert!(is_unique_and_longer || !names(text).contains(column), "{name} is in the way: {sql}");
            }
        }
        let may = [may, &[Thing::Key]].concat();
        self.free(table, column, &may, sql);
        let columns = &mut self.tables.get_mut(table).unwrap().columns;
        columns.insert(column.to_owned(), format!("{ty} {null}"));
    }

    fn rename(&mut self, from: &str, to: &str, kind: &str, sql: &str) {
        match (kind, from.split_once('.')) {
            ("COLUMN", Some((table, column))) => {
                let may = [Thing::Default, Thing::Key, Thing::UniqueIndex, Thing::Index, Thing::ForeignKey];
                self.free(table, column, &may, sql);
                let paper = self.tables.get_mut(table).unwrap();
                for (name, ty) in &paper.columns {
                    let is_made_of_it = ty.starts_with("AS ") && names(ty).contains(column);
                    assert!(!is_made_of_it, "{name} is in the way: {sql}");
                }
                for (name, (_, text)) in &paper.things {
                    let filter = text.split_once(" WHERE ").map_or("", |(_, filter)| filter);
                    assert!(!names(filter).contains(column), "{name} is in the way: {sql}");
                }
                let ty = paper.columns.remove(column).unwrap();
                assert!(paper.columns.insert(to.to_owned(), ty).is_none(), "{sql}");
                self.reword(column, to, |owner, referred| (owner == table, referred == table));
            }
            ("OBJECT", None) if self.tables.contains_key(from) => {
                let paper = self.tables.remove(from).unwrap();
                assert!(self.tables.insert(to.to_owned(), paper).is_none(), "{sql}");
                for (thing, text) in self.tables.values_mut().flat_map(|paper| paper.things.values_mut()) {
                    if *thing == Thing::ForeignKey {
                        *text = text.replace(&format!(") {from} ("), &format!(") {to} ("));
                    }
                }
            }
            ("INDEX", Some((table, name))) => {
                let things = &mut self.tables.get_mut(table).unwrap().things;
                let thing = things.remove(name).unwrap();
                assert!(things.insert(to.to_owned(), thing).is_none(), "{sql}");
            }
            ("OBJECT", None) => {
                let paper =
                    self.tables.values_mut().find(|paper| paper.things.contains_key(from)).expect(sql);
                let thing = paper.things.remove(from).unwrap();
                assert!(paper.things.insert(to.to_owned(), thing).is_none(), "{sql}");
            }
            _ => panic!("not understood: {sql}"),
        }
    }

    /// What the server itself renames along: keys, indexes, foreign keys.
    fn reword(&mut self, from: &str, to: &str, is_about: impl Fn(&str, &str) -> (bool, bool)) {
        let word = |text: &str| {
            let words = text.split_inclusive([',', '(', ')', ' ']).map(|piece| {
                let end = piece.trim_end_matches([',', '(', ')', ' ']).len();
                if &piece[..end] == from { format!("{to}{}", &piece[end..]) } else { piece.to_owned() }
            });
            words.collect::<String>()
        };
        for (owner, paper) in &mut self.tables {
            for (thing, text) in paper.things.values_mut() {
                if *thing == Thing::ForeignKey {
                    let (own, rest) =
                        text.split_once(") ").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
                    let (referred, keys) = rest.split_once(' ').unwrap();
                    let (here, there) = is_about(owner, referred);
                    let own = if here { word(&own) } else { own };
                    let keys = if there { word(keys) } else { keys.to_owned() };
                    *text = format!("{own}) {referred} {keys}");
                } else if is_about(owner, "").0 && *thing != Thing::Check {
                    *text = word(text);
                }
            }
        }
    }
}

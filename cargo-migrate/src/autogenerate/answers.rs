//! What the command line decides beforehand.

use std::collections::BTreeMap;

use clap::Args;
use migrate_core::{Code, Error};

use super::{Settled, consent::Consent, fill::Fill, shell, similar};
use crate::{
    diff::{Renames, Said},
    operation::Operation,
    schema::{ObjectName, Schema, Table},
};

/// Options that answer questions.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AnswerArgs {
    /// What was renamed: `users=people`, `users.name=users.full_name`, an index or a constraint like a column, a value of an enum `state.open=state.active` or,
    /// where the enum is no type of its own, `tasks.state.open=tasks.state.active`; or `none`: nothing else was. May be
    /// repeated.
    #[arg(long, value_name = "OLD=NEW", help_heading = "Decisions")]
    pub(crate) rename: Vec<String>,
    /// A table with its columns, or one column as `users.name`, whose data may be lost; `*` for all. May be repeated.
    #[arg(long, value_name = "TABLE[.COLUMN]", help_heading = "Decisions")]
    pub(crate) allow_drop: Vec<String>,
    /// A value for the rows that are there, where a column is new or becomes NOT NULL: SQL, like `users.team_id=1` or
    /// `users.state='new'`. May be repeated.
    #[arg(long, value_name = "TABLE.COLUMN=VALUE", help_heading = "Decisions")]
    pub(crate) fill: Vec<String>,
}

/// The options, read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers {
    /// From old to new, as they were written.
    renames: Vec<(String, String)>,
    /// Nothing else was renamed.
    pub(crate) nothing_else: bool,
    may_drop: Vec<String>,
    pub(super) fills: Vec<Fill>,
    /// What was asked in the comparison of another dialect.
    pub(super) settled: Settled,
}

impl AnswerArgs {
    /// The options that were given, by name.
    pub(crate) fn given(&self) -> impl Iterator<Item = &'static str> {
        let lists = [(&self.rename, "--rename"), (&self.allow_drop, "--allow-drop"), (&self.fill, "--fill")];
        lists.into_iter().filter(|(list, _)| !list.is_empty()).map(|(_, name)| name)
    }

    /// # Errors
    /// [`Code::Usage`] for what is neither `OLD=NEW` nor `none`, or not `TABLE.COLUMN=VALUE`.
    pub(crate) fn read(&self) -> Result<Answers, Error> {
        let fills = self.fill.iter().map(|word| Fill::parse(word)).collect::<Result<_, _>>()?;
        let mut answers = Answers { may_drop: self.allow_drop.clone(), fills, ..Answers::default() };
        for word in &self.rename {
            if word == "none" {
                answers.nothing_else = true;
                continue;
            }
            let pair = word.split_once('=').filter(|(old, new)| !old.is_empty() && !new.is_empty());
            let Some((old, new)) = pair else {
                return Err(Error::new(
                    Code::Usage,
                    format!("--rename {} is not OLD=NEW", word.escape_debug()),
                )
                .with_help(
                    "write --rename users=people, --rename users.name=users.full_name, or --rename none",
                ));
            };
            answers.renames.push((old.to_owned(), new.to_owned()));
        }
        Ok(answers)
    }
}

/// What a dotted name of the command line means in a schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Table(ObjectName),
    Column(ObjectName, String),
    /// An index, a key or a constraint.
    Part(ObjectName, String),
    Enum(ObjectName),
    Value(ObjectName, String),
    /// Of a column, where the enum is no type of its own.
    Listed(ObjectName, String, String),
    Sequence(ObjectName),
}

/// An old name and a new one, with the words that say so.
type Pair<'a> = (Named, Named, &'a (String, String));

impl Answers {
    /// Whether something may be lost.
    pub(super) fn agree(&self, consent: &Consent) -> bool {
        consent.is_given(&self.may_drop)
    }

    /// Refuses consent to the loss of something that is in none of the schemas: it was written wrongly.
    ///
    /// # Errors
    /// [`Code::Usage`].
    pub(crate) fn require_known(&self, schemas: &[&Schema]) -> Result<(), Error> {
        for word in self.may_drop.iter().filter(|word| *word != "*") {
            let is_schema = |schema: &Schema| schema.schemas.contains(word);
            if schemas.iter().any(|schema| find(schema, word).is_some() || is_schema(schema)) {
                continue;
            }
            let help = schemas.iter().find_map(|schema| alike(schema, word));
            let help = help
                .unwrap_or_else(|| "write TABLE, TABLE.COLUMN or ENUM, as the database has it".to_owned());
            return Err(Error::new(
                Code::Usage,
                format!("--allow-drop {}: there is nothing of that name to be dropped", shell::quoted(word)),
            )
            .with_help(help));
        }
        Ok(())
    }

    /// The same, and what was asked elsewhere.
    pub(super) fn with_settled(self, settled: Settled) -> Self {
        Self { settled, ..self }
    }

    /// The answers for each of several comparisons. What the command line renames is told to those that know both names;
    /// what none knows is told to the first, which refuses it.
    pub(super) fn shared(&self, sides: &[(&Schema, &Schema)]) -> Vec<Self> {
        let is_known = |(old, new): &(String, String), (before, after): &(&Schema, &Schema)| {
            find(before, old).is_some() && find(after, new).is_some()
        };
        let told = |at: usize, side: &(&Schema, &Schema)| {
            let holds = |pair: &&(String, String)| {
                is_known(pair, side) || (at == 0 && !sides.iter().any(|side| is_known(pair, side)))
            };
            Self { renames: self.renames.iter().filter(holds).cloned().collect(), ..self.clone() }
        };
        sides.iter().enumerate().map(|(at, side)| told(at, side)).collect()
    }

    /// The tables, enums and sequences that the command line renames.
    ///
    /// # Errors
    /// [`Code::Usage`] for a name that is not there, for two that are not of one kind, and for one that is given twice.
    pub(crate) fn objects(&self, before: &Schema, after: &Schema) -> Result<Said, Error> {
        let mut said = Said::default();
        for (from, to, _) in self.named(before, after)? {
            match (from, to) {
                (Named::Table(from), Named::Table(to)) => drop(said.tables.insert(from, to)),
                (Named::Enum(from), Named::Enum(to)) => drop(said.enums.insert(from, to)),
                (Named::Sequence(from), Named::Sequence(to)) => drop(said.sequences.insert(from, to)),
                _ => {}
            }
        }
        Ok(said)
    }

    /// The columns that the command line renames, once it is settled what their tables are called.
    ///
    /// # Errors
    /// [`Code::Usage`] for those that move from one table to another.
    pub(crate) fn columns(&self, before: &Schema, after: &Schema, renames: &Renames) -> Result<Said, Error> {
        let mut said = Said::default();
        for (from, to, words) in self.named(before, after)? {
            match (from, to) {
                (Named::Column(table, from), Named::Column(now, to)) => {
                    if becomes(&renames.tables, &table) != now {
                        return Err(wrong(words, "a column cannot move from one table to another"));
                    }
                    said.columns.entry(now).or_default().insert(from, to);
                }
                (Named::Part(table, from), Named::Part(now, to)) => {
                    if becomes(&renames.tables, &table) != now {
                        return Err(wrong(words, "it cannot move from one table to another"));
                    }
                    said.parts.entry(now).or_default().insert(from, to);
                }
                _ => {}
            }
        }
        Ok(said)
    }

    /// Refuses where an index, a key or a constraint that was said to be renamed is not.
    ///
    /// # Errors
    /// [`Code::Usage`].
    pub(crate) fn require_parts(
        &self,
        before: &Schema,
        after: &Schema,
        operations: &[Operation],
    ) -> Result<(), Error> {
        for (from, to, words) in self.named(before, after)? {
            let (Named::Part(_, was), Named::Part(table, now)) = (from, to) else { continue };
            let is_done = operations.iter().any(|operation| match operation {
                Operation::RenameIndex { table: of, from, to }
                | Operation::RenameConstraint { table: of, from, to, .. } => {
                    *of == table && *from == was && *to == now
                }
                _ => false,
            });
            if !is_done {
                return Err(refused(words, "the two differ in more than their names").with_help(
                    "leave it out: the old one is dropped and the new one made, which loses nothing",
                ));
            }
        }
        Ok(())
    }

    /// The values that the command line renames, once it is settled what their types, or their tables and columns, are
    /// called.
    ///
    /// # Errors
    /// [`Code::Usage`] for those that move from one type or column to another.
    pub(crate) fn values(&self, before: &Schema, after: &Schema, renames: &Renames) -> Result<Said, Error> {
        let mut said = Said::default();
        for (from, to, words) in self.named(before, after)? {
            match (from, to) {
                (Named::Value(ty, from), Named::Value(now, to)) => {
                    if becomes(&renames.enums, &ty) != now {
                        return Err(wrong(words, "a value cannot move from one enum to another"));
                    }
                    said.enum_values.entry(now).or_default().insert(from, to);
                }
                (Named::Listed(table, column, from), Named::Listed(now, now_column, to)) => {
                    let is_moved = becomes(&renames.tables, &table) != now
                        || renames.former_column(&now, &now_column) != column;
                    if is_moved {
                        return Err(wrong(words, "a value cannot move from one column to another"));
                    }
                    said.column_values.entry((now, now_column)).or_default().insert(from, to);
                }
                _ => {}
            }
        }
        Ok(said)
    }

    /// What is renamed.
    fn named(&self, before: &Schema, after: &Schema) -> Result<Vec<Pair<'_>>, Error> {
        let mut named: Vec<Pair<'_>> = Vec::new();
        for words in &self.renames {
            let (old, new) = words;
            let none = |schema: &Schema, name: &str, what: &str| {
                refused(words, &format!("there is no {name} to {what}")).with_help(meant(schema, name))
            };
            let from = find(before, old).ok_or_else(|| none(before, old, "rename"))?;
            let to = find(after, new).ok_or_else(|| none(after, new, "become"))?;
            if std::mem::discriminant(&from) != std::mem::discriminant(&to) {
                return Err(wrong(words, "the two are not of one kind"));
            }
            if from == to {
                return Err(wrong(words, "the two are one name"));
            }
            if named.iter().any(|(other, becomes, _)| *other == from && *becomes == to) {
                continue;
            }
            if named.iter().any(|(other, _, _)| *other == from) {
                return Err(wrong(words, &format!("{old} becomes something else already")));
            }
            if named.iter().any(|(_, other, _)| *other == to) {
                return Err(wrong(words, &format!("something else becomes {new} already")));
            }
            named.push((from, to, words));
        }
        Ok(named)
    }
}

fn refused((old, new): &(String, String), what: &str) -> Error {
    let pair = shell::quoted(&format!("{old}={new}"));
    Error::new(Code::Usage, format!("--rename {pair}: {what}"))
}

fn wrong(words: &(String, String), what: &str) -> Error {
    refused(words, what).with_help("the old name is one of the database, the new name one of the models")
}

fn becomes(names: &BTreeMap<ObjectName, ObjectName>, old: &ObjectName) -> ObjectName {
    names.get(old).unwrap_or(old).clone()
}

/// What somebody may have meant who wrote a name that is not there: one that is like it, or the column with its table.
fn meant(schema: &Schema, word: &str) -> String {
    alike(schema, word).unwrap_or_else(|| {
        "write TABLE, TABLE.COLUMN, ENUM or ENUM.VALUE: the old name as the database has it, the new one as the models do"
            .to_owned()
    })
}

fn alike(schema: &Schema, word: &str) -> Option<String> {
    let columns = schema.tables.iter().flat_map(|(name, table)| {
        table.columns.iter().map(move |column| (name.to_string(), column.name.clone()))
    });
    let values = schema
        .enums
        .iter()
        .flat_map(|(name, ty)| ty.values.iter().map(move |value| (name.to_string(), value.clone())));
    let inner: Vec<(String, String)> = columns.chain(values).collect();
    let whole: Vec<_> =
        inner.iter().filter(|(_, name)| name == word).map(|(of, name)| format!("{of}.{name}")).collect();
    if !whole.is_empty() {
        return Some(format!(
            "a column is named with its table, a value with its enum: {}",
            whole.join(" or ")
        ));
    }
    let outer = schema.tables.keys().chain(schema.enums.keys()).chain(schema.sequences.keys());
    let all = outer.map(ToString::to_string).chain(inner.iter().map(|(of, name)| format!("{of}.{name}")));
    let mut alike: Vec<_> =
        all.map(|name| (similar::words(word, &name), name)).filter(|(score, _)| *score >= 0.85).collect();
    alike.sort_by(|(one, a), (other, b)| other.total_cmp(one).then_with(|| a.cmp(b)));
    alike.first().map(|(_, best)| format!("did you mean {best}?"))
}

/// Whether a table has an index, a key or a constraint of that name.
fn has_part(table: &Table, name: &str) -> bool {
    let key = table.primary_key.iter().filter_map(|key| key.name.as_deref());
    let uniques = table.uniques.iter().filter_map(|unique| unique.name.as_deref());
    let checks = table.checks.iter().filter_map(|check| check.name.as_deref());
    let keys = table.foreign_keys.iter().filter_map(|key| key.name.as_deref());
    let indexes = table.indexes.iter().map(|index| index.name.as_str());
    let exclusions = table.exclusions.iter().map(|exclusion| exclusion.name.as_str());
    key.chain(uniques).chain(checks).chain(keys).chain(indexes).chain(exclusions).any(|other| other == name)
}

/// The thing that a dotted name means. Names with dots of their own are tried too.
fn find(schema: &Schema, word: &str) -> Option<Named> {
    let names = |name: &ObjectName| name.to_string() == word;
    if let Some(name) = schema.tables.keys().find(|name| names(name)) {
        return Some(Named::Table(name.clone()));
    }
    if let Some(name) = schema.enums.keys().find(|name| names(name)) {
        return Some(Named::Enum(name.clone()));
    }
    if let Some(name) = schema.sequences.keys().find(|name| names(name)) {
        return Some(Named::Sequence(name.clone()));
    }
    let inner = |name: &ObjectName| {
        word.strip_prefix(&name.to_string()).and_then(|rest| rest.strip_prefix('.')).map(ToOwned::to_owned)
    };
    for (name, table) in &schema.tables {
        if let Some(column) = inner(name)
            && table.column(&column).is_some()
        {
            return Some(Named::Column(name.clone(), column));
        }
    }
    for (name, table) in &schema.tables {
        if let Some(part) = inner(name).filter(|part| has_part(table, part)) {
            return Some(Named::Part(name.clone(), part));
        }
    }
    for (name, ty) in &schema.enums {
        if let Some(value) = inner(name)
            && ty.values.contains(&value)
        {
            return Some(Named::Value(name.clone(), value));
        }
    }
    for (name, table) in &schema.tables {
        let Some(rest) = inner(name) else { continue };
        for column in &table.columns {
            let value = rest.strip_prefix(&column.name).and_then(|rest| rest.strip_prefix('.'));
            if let Some(value) = value
                && table
                    .values_of(schema.dialect, &column.name)
                    .is_some_and(|values| values.iter().any(|one| one == value))
            {
                return Some(Named::Listed(name.clone(), column.name.clone(), value.to_owned()));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use migrate_core::Dialect;

    use super::*;
    use crate::schema::{Column, EnumType, Table};

    fn schema() -> Schema {
        let mut schema = Schema::empty(Dialect::Postgres);
        let mut users = Table::new(ObjectName::local("users"));
        users.columns = vec![Column::new("id", "bigint"), Column::new("full_name", "text")];
        schema.insert(users);
        let state = ObjectName::local("state");
        let ty = EnumType {
            name: state.clone(),
            values: vec!["open".to_owned()],
            comment: None,
            needed_by: Vec::new(),
        };
        schema.enums.insert(state, ty);
        schema
    }

    #[test]
    fn a_name_that_is_not_there_says_what_may_be_meant() {
        for (word, help) in [
            ("users.full_nam", "did you mean users.full_name?"),
            ("user", "did you mean users?"),
            ("state.opn", "did you mean state.open?"),
        ] {
            assert_eq!(meant(&schema(), word), help, "{word}");
        }
        assert!(meant(&schema(), "full_name").ends_with(": users.full_name"));
        assert!(meant(&schema(), "zebra").starts_with("write TABLE, TABLE.COLUMN"));
        let answers = AnswerArgs { rename: vec!["nme=full_name".to_owned()], ..AnswerArgs::default() };
        let answers = answers.read().unwrap();
        let error = answers.objects(&schema(), &schema()).unwrap_err();
        assert_eq!(error.message(), "--rename nme=full_name: there is no nme to rename");
        assert!(error.help().is_some());
    }
}

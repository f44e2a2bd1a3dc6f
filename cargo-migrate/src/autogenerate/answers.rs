//! What the command line decides beforehand.

use clap::Args;
use migrate_core::{Code, Error};

use super::{Settled, fill::Fill, shell, similar};
use crate::{
    diff::Renames,
    schema::{ObjectName, Schema},
};

/// Options that answer questions.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AnswerArgs {
    /// What was renamed: `users=people`, `users.name=users.full_name`, a value of an enum `state.open=state.active`; or
    /// `none`: nothing else was. May be repeated.
    #[arg(long, value_name = "OLD=NEW", help_heading = "Decisions")]
    pub(crate) rename: Vec<String>,
    /// A table, or a column as `users.name`, whose data may be lost; `*` for all. May be repeated.
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
enum Named {
    Table(ObjectName),
    Column(ObjectName, String),
    Enum(ObjectName),
    Value(ObjectName, String),
    Sequence(ObjectName),
}

impl Answers {
    /// Whether the data of a table, or of one of its columns, may be lost.
    pub(crate) fn may_drop(&self, table: &str, column: Option<&str>) -> bool {
        self.may_drop.iter().any(|word| {
            word == "*" || word == table || column.is_some_and(|column| *word == format!("{table}.{column}"))
        })
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

    /// Adds the renames of the command line to those that the models tell.
    ///
    /// # Errors
    /// [`Code::Usage`] for a name that is not there, or for two that are not of one kind.
    pub(crate) fn complete(&self, told: Renames, before: &Schema, after: &Schema) -> Result<Renames, Error> {
        let mut renames = told;
        // Tables and types first: columns and values go by the new name.
        for is_inner in [false, true] {
            for (old, new) in &self.renames {
                let refused = |what: &str| {
                    Error::new(
                        Code::Usage,
                        format!("--rename {}: {what}", shell::quoted(&format!("{old}={new}"))),
                    )
                };
                let wrong = |what: &str| {
                    refused(what)
                        .with_help("the old name is one of the database, the new name one of the models")
                };
                let none = |schema: &Schema, name: &str, what: &str| {
                    refused(&format!("there is no {name} to {what}")).with_help(meant(schema, name))
                };
                let from = find(before, old).ok_or_else(|| none(before, old, "rename"))?;
                let to = find(after, new).ok_or_else(|| none(after, new, "become"))?;
                match (from, to) {
                    (Named::Table(from), Named::Table(to)) if !is_inner => {
                        renames.tables.insert(from, to);
                    }
                    (Named::Enum(from), Named::Enum(to)) if !is_inner => {
                        renames.enums.insert(from, to);
                    }
                    (Named::Sequence(from), Named::Sequence(to)) if !is_inner => {
                        renames.sequences.insert(from, to);
                    }
                    (Named::Column(table, from), Named::Column(renamed, to)) => {
                        if table != renamed && renames.tables.get(&table) != Some(&renamed) {
                            return Err(wrong("a column cannot move from one table to another"));
                        }
                        if is_inner {
                            renames.columns.entry(renamed).or_default().insert(from, to);
                        }
                    }
                    (Named::Value(ty, from), Named::Value(renamed, to)) => {
                        if ty != renamed && renames.enums.get(&ty) != Some(&renamed) {
                            return Err(wrong("a value cannot move from one enum to another"));
                        }
                        if is_inner {
                            renames.enum_values.entry(renamed).or_default().insert(from, to);
                        }
                    }
                    (Named::Table(_), Named::Table(_))
                    | (Named::Enum(_), Named::Enum(_))
                    | (Named::Sequence(_), Named::Sequence(_)) => {}
                    _ => return Err(wrong("the two are not of one kind")),
                }
            }
        }
        Ok(renames)
    }
}

/// What somebody may have meant who wrote a name that is not there: one that is like it, or the column with its table.
fn meant(schema: &Schema, word: &str) -> String {
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
        return format!("a column is named with its table, a value with its enum: {}", whole.join(" or "));
    }
    let outer = schema.tables.keys().chain(schema.enums.keys()).chain(schema.sequences.keys());
    let all = outer.map(ToString::to_string).chain(inner.iter().map(|(of, name)| format!("{of}.{name}")));
    let mut alike: Vec<_> =
        all.map(|name| (similar::words(word, &name), name)).filter(|(score, _)| *score >= 0.85).collect();
    alike.sort_by(|(one, a), (other, b)| other.total_cmp(one).then_with(|| a.cmp(b)));
    match alike.as_slice() {
        [] => "write TABLE, TABLE.COLUMN, ENUM or ENUM.VALUE: the old name as the database has it, the new one as the \
               models do"
            .to_owned(),
        [(_, best), ..] => format!("did you mean {best}?"),
    }
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
    for (name, ty) in &schema.enums {
        if let Some(value) = inner(name)
            && ty.values.contains(&value)
        {
            return Some(Named::Value(name.clone(), value));
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
        let error = answers.complete(Renames::default(), &schema(), &schema()).unwrap_err();
        assert_eq!(error.message(), "--rename nme=full_name: there is no nme to rename");
        assert!(error.help().is_some());
    }
}

//! The comparison of two schemas, with everything that has to be said about it.

use migrate_core::{Code, Dialect, Error};
use migrate_runtime::Connection;
use serde_json::{Value, json};

use super::{
    Answers, Ask, Sections, Warning, clashes,
    consent::Called,
    decide::{self, OpenRename},
    dependents,
    facts::Facts,
    fill,
    loss::Loss,
    restate::{restate, with_unstated, with_unstated_options},
    review,
    script::script_sql,
    section::Unwritten,
    sequences, told_values,
    words::in_models_words,
};
use crate::{
    ddl::{self, Script},
    diff::{self, Renames},
    operation::{Operation, reversed},
    schema::Schema,
};

/// Two schemas in the words of one engine.
#[derive(Debug)]
pub(crate) struct Comparison<'a> {
    pub(crate) before: &'a Schema,
    pub(crate) after: &'a Schema,
    /// `after` as it is to be written, where the models say it in words of their own.
    pub(crate) written: Option<&'a Schema>,
    /// What the models say was renamed. Some may have been done.
    pub(crate) told: Renames,
    /// What was decided in the comparison of another dialect.
    pub(crate) decided: Renames,
}

/// What a comparison found.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) dialect: Dialect,
    pub(crate) renames: Renames,
    pub(crate) operations: Vec<Operation>,
    /// Not answered: nothing may be written while there is one.
    pub(crate) open: Vec<OpenRename>,
    /// Not agreed to: nothing may be written while there is one.
    pub(crate) losses: Vec<Loss>,
    pub(crate) warnings: Vec<Warning>,
    /// For the dialect of the comparison.
    pub(crate) sections: Vec<Sections>,
    /// Why there are none: what differs can be told, and the engine has no SQL for it.
    pub(crate) refused: Option<Error>,
}

/// Something that must be decided, for people.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) text: String,
    /// Each of them answers it.
    pub(crate) options: Vec<String>,
}

/// Compares, asks what has to be decided, counts what is at stake and renders both ways.
///
/// # Errors
/// Wrong answers, what the engine cannot do, what the server refuses while it counts.
pub(crate) async fn compare(
    comparison: Comparison<'_>,
    mut counted_in: Option<&mut Connection>,
    answers: &Answers,
    mut ask: Option<&mut dyn Ask>,
) -> Result<Outcome, Error> {
    let Comparison { before, after, written, told, decided } = comparison;
    let dialect = before.dialect;
    let changes = |renames: &Renames| match written {
        None => diff::diff(before, after, renames),
        Some(written) => {
            let after = with_unstated_options(after.clone(), &renames.renamed(before), written);
            diff::diff(before, &after, renames)
        }
    };
    let in_words = |operations: Vec<Operation>| match written {
        None => operations,
        Some(written) => restate(operations, written),
    };
    let (mut renames, mut open) = decide::settle(before, after, &told, &decided, answers, None)?;
    if let Some(ask) = ask.as_mut().filter(|_| !open.is_empty()) {
        ask.show(None, &in_words(changes(&renames)))?;
        (renames, open) = decide::settle(before, after, &told, &decided, answers, Some(&mut **ask))?;
    }
    let mut operations = changes(&renames);
    operations.iter().try_for_each(|operation| refuse_taken_name(operation, before))?;
    answers.require_parts(before, after, &operations)?;
    let mut facts = match &mut counted_in {
        Some(connection) => Facts::count(connection, before, &operations).await,
        None => Facts::default(),
    };
    let of_sequences = sequences::losses(dialect, counted_in, &operations).await;
    let called = Called { before, renames: &renames };
    let of_rows = operations.iter().filter_map(|operation| Loss::of(operation, dialect, &facts, called));
    let mut losses: Vec<Loss> = of_rows.chain(of_sequences).collect();
    losses.retain(|loss| {
        !loss.is_allowed(answers) && !loss.waits_for(&open) && !answers.settled.has_asked_for(loss)
    });
    let counted = operations.clone();
    operations = in_words(operations);
    facts.restate(counted.iter().zip(&operations));
    if let Some(ask) = ask.as_mut().filter(|_| !losses.is_empty()) {
        ask.show(None, &operations)?;
        let mut refused = Vec::new();
        for loss in losses {
            if !loss.is_agreed(&mut **ask)? {
                refused.push(loss);
            }
        }
        losses = refused;
    }
    operations = match &answers.settled.fills {
        Some(fills) => fill::like(operations, fills, dialect),
        None => fill::insert(operations, &answers.fills, after)?,
    };
    if let Some(ask) = ask.filter(|_| losses.is_empty()) {
        operations = fill::ask_for(operations, &facts, after, ask)?;
    }
    let mut warnings = Warning::all(&operations, dialect, &facts);
    if !answers.nothing_else {
        warnings.extend(told_values::warnings(before, after, &told, &renames));
    }
    let renamed = renames.renamed(before);
    let written = written.map(|written| with_unstated(written, &renamed));
    let written = written.as_ref().unwrap_or(after);
    let restated = in_models_words(before, after, written, &renames);
    let rendered = clashes::refuse(&operations, before)
        .and_then(|()| render_counted(dialect, &operations, (before, &restated), written, &facts));
    let (sections, refused) = match rendered {
        Ok(sections) => (vec![sections], None),
        Err(refused) => (Vec::new(), Some(refused)),
    };
    let up = sections.first().map(|own: &Sections| own.up.as_slice()).unwrap_or_default();
    warnings.extend(dependents::warnings(&renamed, after, up));
    Ok(Outcome { dialect, renames, operations, open, losses, warnings, sections, refused })
}

/// A table cannot get the name of something that is left alone: the revision would stop half way.
fn refuse_taken_name(operation: &Operation, before: &Schema) -> Result<(), Error> {
    let name = match operation {
        Operation::CreateTable(table) => &table.name,
        Operation::RenameTable { to, .. } => to,
        _ => return Ok(()),
    };
    match before.beside.taken.get(name).filter(|_| !before.sequences.contains_key(name)) {
        None => Ok(()),
        Some(kind) => Err(Error::new(
            Code::Unsupported,
            format!("`{name}` is {kind} in the database, and a table in the models"),
        )
        .with_help("give the model another name, or name the table under `exclude` in migrate.toml: what is no plain table is left alone")),
    }
}

/// Both ways, as SQL.
///
/// # Errors
/// [`migrate_core::Code::Unsupported`] for what the engine cannot do.
pub(crate) fn render(
    dialect: Dialect,
    operations: &[Operation],
    before: &Schema,
    after: &Schema,
) -> Result<Sections, Error> {
    render_counted(dialect, operations, (before, before), after, &Facts::default())
}

/// The same, of a database that was looked at. What was there before is given in the words of the server, which the way
/// back takes, and in those of the models.
fn render_counted(
    dialect: Dialect,
    operations: &[Operation],
    (before, restated): (&Schema, &Schema),
    after: &Schema,
    facts: &Facts,
) -> Result<Sections, Error> {
    let notes = review::way_up(dialect, operations, facts);
    let up = ddl::render_noted(dialect, &Script { operations, before: restated, after }, &notes)?;
    let back = reversed(operations);
    let notes = review::way_down(dialect, &back);
    let down =
        ddl::render_noted(dialect, &Script { operations: &back, before: after, after: before }, &notes)?;
    Ok(Sections { dialect, up, down, unwritten: Unwritten::default() })
}

impl Outcome {
    /// The dialect of the project for which this is; MariaDB may be served as MySQL.
    pub(crate) fn served(&self) -> Dialect {
        self.sections.first().map_or(self.dialect, |own| own.dialect)
    }

    /// Makes the sections those of this dialect of the project.
    pub(super) fn serve_as(&mut self, dialect: Dialect) {
        for section in &mut self.sections {
            section.dialect = dialect;
        }
    }

    /// Whether something must be decided first.
    pub(crate) fn is_open(&self) -> bool {
        !self.open.is_empty() || !self.losses.is_empty()
    }

    /// Refuses where the changes cannot be written as SQL.
    ///
    /// # Errors
    /// What the engine was refused for.
    pub(crate) fn require_sections(&self) -> Result<(), Error> {
        self.refused.clone().map_or(Ok(()), Err)
    }

    /// Everything, for programs. The SQL is that of the compared dialect.
    pub(crate) fn json(&self) -> Value {
        let texts = |statements: &[ddl::Statement]| -> Vec<String> {
            statements.iter().map(|statement| statement.sql.clone()).collect()
        };
        let own = self.sections.first();
        let open = self.open.iter().map(OpenRename::json).chain(self.losses.iter().map(Loss::json));
        json!({
            "dialect": self.dialect.name(),
            "changes": self.operations.iter().map(Operation::json).collect::<Vec<_>>(),
            "sql": {
                "up": own.map(|own| texts(&own.up)).unwrap_or_default(),
                "down": own.map(|own| texts(&own.down)).unwrap_or_default(),
            },
            "decisions": open.collect::<Vec<_>>(),
            "warnings": self.warnings.iter().map(Warning::json).chain(self.refusal()).collect::<Vec<_>>(),
        })
    }

    pub(super) fn refusal(&self) -> Option<Value> {
        let refused = self.refused.as_ref()?;
        Some(json!({
            "code": refused.code().name(),
            "message": format!("the changes cannot be written as SQL: {}", refused.message()),
            "help": refused.help(),
        }))
    }

    /// What must be decided, each with the options that decide it.
    pub(crate) fn questions(&self) -> Vec<Question> {
        let open = self.open.iter().map(|one| Question { text: one.question(), options: one.options() });
        let losses =
            self.losses.iter().map(|one| Question { text: one.describe(), options: vec![one.option()] });
        open.chain(losses).collect()
    }

    /// The SQL of the way up, as a script for the engine's own client.
    pub(crate) fn script(&self) -> String {
        self.sections.first().map(|own| script_sql(own.dialect, &own.up)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        asynchronous::block_on,
        autogenerate::AnswerArgs,
        schema::{Column, ObjectName, Table},
    };

    /// Answers as it is told, and writes down what it is asked.
    #[derive(Default)]
    struct Person {
        which: Option<usize>,
        agrees: bool,
        /// The last first.
        values: Vec<String>,
        heard: Vec<String>,
    }

    impl Ask for Person {
        fn show(&mut self, _: Option<Dialect>, operations: &[Operation]) -> Result<(), Error> {
            self.heard.push(operations.iter().map(Operation::kind).collect::<Vec<_>>().join(" "));
            Ok(())
        }

        fn which(&mut self, question: &str, _: &[String]) -> Result<Option<usize>, Error> {
            self.heard.push(question.to_owned());
            Ok(self.which)
        }

        fn agrees(&mut self, question: &str) -> Result<bool, Error> {
            self.heard.push(question.to_owned());
            Ok(self.agrees)
        }

        fn value(&mut self, question: &str) -> Result<Option<String>, Error> {
            self.heard.push(question.to_owned());
            Ok(self.values.pop())
        }
    }

    /// A table with one column.
    fn schema(column: &str) -> Schema {
        let mut schema = Schema::empty(Dialect::Sqlite);
        let mut table = Table::new(ObjectName::local("users"));
        table.columns = vec![Column::new("id", "INTEGER"), Column::new(column, "TEXT")];
        schema.insert(table);
        schema
    }

    fn compared(answers: &AnswerArgs, ask: Option<&mut dyn Ask>) -> Outcome {
        let (before, after) = (schema("name"), schema("full_name"));
        let comparison = Comparison {
            before: &before,
            after: &after,
            written: None,
            told: Renames::default(),
            decided: Renames::default(),
        };
        block_on(compare(comparison, None, &answers.read().unwrap(), ask)).unwrap().unwrap()
    }

    const GONE: &str = "the column users.name is gone: was it renamed?";
    const LOST: &str = "drop column users.name loses data: go on?";

    #[test]
    fn the_changes_are_shown_before_the_first_question() {
        let mut person = Person { agrees: true, ..Person::default() };
        let outcome = compared(&AnswerArgs::default(), Some(&mut person));
        let both = "drop-column add-column";
        assert_eq!(person.heard, [both, GONE, both, LOST]);
        assert!(!outcome.is_open());

        let mut person = Person { which: Some(0), ..Person::default() };
        let outcome = compared(&AnswerArgs::default(), Some(&mut person));
        assert_eq!(person.heard, [both, GONE]);
        assert_eq!(outcome.operations[0].kind(), "rename-column");
    }

    #[test]
    fn a_loss_is_asked_about_when_it_is_said_that_nothing_was_renamed() {
        let outcome = compared(&AnswerArgs::default(), None);
        let texts: Vec<_> = outcome.questions().into_iter().map(|question| question.text).collect();
        assert_eq!(texts, [GONE]);
        assert_eq!(outcome.questions()[0].options, ["--rename users.name=users.full_name", "--rename none"]);
        let none = AnswerArgs { rename: vec!["none".to_owned()], ..AnswerArgs::default() };
        let outcome = compared(&none, None);
        let question = &outcome.questions()[0];
        assert_eq!(question.text, "drop column users.name loses data");
        assert_eq!(question.options, ["--allow-drop users.name"]);
    }
}

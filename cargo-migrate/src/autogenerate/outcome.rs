//! The comparison of two schemas, with everything that has to be said about it.

use migrate_core::{Code, Dialect, Error};
use migrate_runtime::Connection;
use serde_json::{Value, json};

use super::{
    Answers, Ask, Sections, Warning,
    decide::{self, OpenRename},
    dependents,
    facts::Facts,
    loss::Loss,
    restate::{restate, with_unstated, with_unstated_options},
    section_sql, sequences,
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
    /// What the models say was renamed.
    pub(crate) told: Renames,
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
    let Comparison { before, after, written, told } = comparison;
    let dialect = before.dialect;
    let told = answers.complete(told, before, after)?;
    let (renames, open) = match &mut ask {
        Some(ask) => decide::settle(before, after, told, answers, Some(&mut **ask))?,
        None => decide::settle(before, after, told, answers, None)?,
    };
    let kept;
    let after = match written {
        None => after,
        Some(written) => {
            kept = with_unstated_options(after.clone(), &renames.renamed(before), written);
            &kept
        }
    };
    let mut operations = diff::diff(before, after, &renames);
    operations.iter().try_for_each(|operation| refuse_taken_name(operation, before))?;
    let facts = match &mut counted_in {
        Some(connection) => Facts::count(connection, &operations).await?,
        None => Facts::default(),
    };
    let mut losses = Vec::new();
    let of_sequences = sequences::losses(dialect, counted_in, &operations).await;
    let of_rows = operations.iter().filter_map(|operation| Loss::of(operation, dialect, &facts));
    for loss in of_rows.chain(of_sequences) {
        if answers.settled.has_asked_for(&loss) {
            continue;
        }
        let agreed = match &mut ask {
            Some(ask) => loss.is_agreed(answers, Some(&mut **ask))?,
            None => loss.is_agreed(answers, None)?,
        };
        if !agreed {
            losses.push(loss);
        }
    }
    if let Some(written) = written {
        operations = restate(operations, written);
    }
    let mut warnings: Vec<_> =
        operations.iter().filter_map(|operation| Warning::of(operation, dialect, &facts)).collect();
    let renamed = renames.renamed(before);
    let written = written.map(|written| with_unstated(written, &renamed));
    let (sections, refused) = match render(dialect, &operations, before, written.as_ref().unwrap_or(after)) {
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
    let up = ddl::render(dialect, &Script { operations, before, after })?;
    let back = reversed(operations);
    let down = ddl::render(dialect, &Script { operations: &back, before: after, after: before })?;
    Ok(Sections { dialect, up, down })
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

    /// What must be decided, a line each, with the options that decide it.
    pub(crate) fn questions(&self) -> Vec<String> {
        self.open.iter().map(OpenRename::describe).chain(self.losses.iter().map(Loss::describe)).collect()
    }

    /// The SQL of the way up, as a section has it.
    pub(crate) fn up_sql(&self) -> String {
        self.sections.first().map(|own| section_sql(own.dialect, &own.up)).unwrap_or_default()
    }
}

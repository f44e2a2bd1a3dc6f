//! Columns that the database numbers: identities and serials, and the ways from one to the other. No way gives a number
//! twice: where there was a counter, the new one goes on from it, else behind the highest number that is there.

use migrate_core::{Code, Error};

use super::{
    column::foreign_identity,
    name::{literal, name, object, standard_name},
    sequence::{catch_up, changes, must_reach, of_serial, options},
    ty::integer,
    writer::Writer,
};
use crate::{
    ddl::Statement,
    schema::{Column, Identity, ObjectName, SequenceOptions},
};

/// The word that stands for the type of a serial.
pub(super) fn serial_type(column: &Column) -> Result<&'static str, Error> {
    match integer(&column.ty) {
        Some("smallint") => Ok("smallserial"),
        Some("integer") => Ok("serial"),
        Some("bigint") => Ok("bigserial"),
        _ => Err(Error::new(
            Code::Unsupported,
            format!(
                "the column {} is a serial and has the type {}",
                column.name.escape_debug(),
                column.ty.escape_debug()
            ),
        )
        .with_help("make it smallint, integer or bigint")),
    }
}

/// `GENERATED ... AS IDENTITY`, for an identity.
pub(super) fn clause(identity: Option<&Identity>) -> Option<String> {
    let (when, stated) = parts(identity)?;
    let stated = options(stated);
    let stated = stated.trim_start();
    let stated = if stated.is_empty() { String::new() } else { format!(" ({stated})") };
    Some(format!("GENERATED {when} AS IDENTITY{stated}"))
}

fn parts(identity: Option<&Identity>) -> Option<(&'static str, &SequenceOptions)> {
    match identity {
        Some(Identity::Always(options)) => Some(("ALWAYS", options)),
        Some(Identity::ByDefault(options)) => Some(("BY DEFAULT", options)),
        Some(Identity::Serial | Identity::AutoIncrement | Identity::Seeded { .. }) | None => None,
    }
}

/// How a column is numbered before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    None,
    /// By a default that draws from the sequence which a serial would have, but does not own.
    Drawn,
    Serial,
    Identity,
}

/// The change of a column's numbering, in the order in which the statements need it.
#[derive(Debug)]
pub(super) struct Change<'a> {
    table: &'a ObjectName,
    before: &'a Column,
    after: &'a Column,
    from: Way,
    to: Way,
    /// That of the serial.
    sequence: ObjectName,
}

/// Whether the column's default draws from the sequence that a serial in its place would have.
pub(super) fn draws_like_serial(table: &ObjectName, column: &Column) -> bool {
    let sequence = object(&of_serial(table, &column.name));
    column.identity.is_none()
        && column.default.as_deref() == Some(&format!("nextval({})", literal(&sequence)))
}

impl<'a> Change<'a> {
    /// # Errors
    /// [`Code::Unsupported`] for a way of numbering that the engine does not have.
    pub(super) fn between(
        table: &'a ObjectName,
        before: &'a Column,
        after: &'a Column,
    ) -> Result<Self, Error> {
        let way = |column: &Column| match &column.identity {
            None if draws_like_serial(table, column) => Ok(Way::Drawn),
            None => Ok(Way::None),
            Some(Identity::Serial) => serial_type(column).map(|_| Way::Serial),
            Some(Identity::Always(_) | Identity::ByDefault(_)) => Ok(Way::Identity),
            Some(Identity::AutoIncrement | Identity::Seeded { .. }) => Err(foreign_identity(column)),
        };
        let (from, to) = (way(before)?, way(after)?);
        Ok(Self { table, before, after, from, to, sequence: of_serial(table, &after.name) })
    }

    pub(super) fn drops_identity(&self) -> bool {
        self.from == Way::Identity && self.to != Way::Identity
    }

    pub(super) fn adds_identity(&self) -> bool {
        self.from != Way::Identity && self.to == Way::Identity
    }

    /// Whether the default of the serial goes.
    pub(super) fn drops_serial(&self) -> bool {
        self.from == Way::Serial && !matches!(self.to, Way::Serial | Way::Drawn)
    }

    /// Whether the default stays what it is, though it is spoken of as a serial on one side.
    pub(super) fn keeps_default(&self) -> bool {
        matches!((self.from, self.to), (Way::Serial, Way::Drawn) | (Way::Drawn, Way::Serial))
    }

    /// What a sequence is called for a moment, while another one has the name.
    fn aside(&self, label: &str) -> ObjectName {
        let name = standard_name(&self.table.name, Some(&self.after.name), label);
        ObjectName { schema: self.table.schema.clone(), name }
    }

    fn ty(&self) -> Option<&'static str> {
        integer(&self.after.ty)
    }

    /// What comes before the column is altered.
    pub(super) fn prepare(&self, writer: &mut Writer) {
        let mut statement = |sql: String| writer.statement(Statement::new(sql));
        let own = object(&self.sequence);
        match (self.from, self.to) {
            (Way::Serial, Way::Identity) => {
                // The identity's sequence gets the name.
                statement(format!("ALTER SEQUENCE {own} RENAME TO {}", name(&self.aside("old_seq").name)));
            }
            (Way::Identity, Way::Serial) => {
                let new = object(&self.aside("new_seq"));
                statement(format!("CREATE SEQUENCE {new} AS {}", self.ty().unwrap_or("bigint")));
                statement(format!(
                    "SELECT setval({}, nextval({}), false)",
                    literal(&new),
                    self.identity_sequence()
                ));
            }
            (Way::None, Way::Serial) => {
                statement(format!("CREATE SEQUENCE {own} AS {}", self.ty().unwrap_or("bigint")));
            }
            (Way::Identity, Way::Identity) => {
                if let (Some((_, old)), Some((_, new))) =
                    (parts(self.before.identity.as_ref()), parts(self.after.identity.as_ref()))
                    && must_reach(self.ty(), old, new).is_some()
                {
                    let column = &self.after.name;
                    statement(catch_up(&self.identity_sequence(), self.table, column, self.ty(), new));
                }
            }
            _ => {}
        }
    }

    /// What comes behind the other changes of the column.
    pub(super) fn finish(&self, writer: &mut Writer) {
        let (table, column) = (self.table, name(&self.after.name));
        let own = object(&self.sequence);
        let owner = format!("{}.{column}", object(table));
        let draw = format!("ALTER COLUMN {column} SET DEFAULT nextval({})", literal(&own));
        let statement = |writer: &mut Writer, sql: String| writer.statement(Statement::new(sql));
        match (self.from, self.to) {
            (Way::Identity, Way::Identity) => self.alter_identity(writer),
            (_, Way::Identity) => {
                if let Some(clause) = clause(self.after.identity.as_ref()) {
                    writer.alter(table, format!("ALTER COLUMN {column} ADD {clause}"));
                }
                if self.from == Way::Serial {
                    let old = object(&self.aside("old_seq"));
                    let new = literal(&own);
                    statement(writer, format!("SELECT setval({new}, last_value, is_called) FROM {old}"));
                    statement(writer, format!("DROP SEQUENCE {old}"));
                } else if let Some((_, stated)) = parts(self.after.identity.as_ref()) {
                    let sequence = self.identity_sequence();
                    statement(writer, catch_up(&sequence, table, &self.after.name, self.ty(), stated));
                }
            }
            (Way::Identity, Way::Serial) => {
                let new = object(&self.aside("new_seq"));
                // The identity's sequence has gone with it, and its name is free.
                writer.close();
                statement(writer, format!("ALTER SEQUENCE {new} RENAME TO {}", name(&self.sequence.name)));
                statement(writer, format!("ALTER SEQUENCE {own} OWNED BY {owner}"));
                writer.alter(table, draw);
            }
            (Way::None, Way::Serial) => {
                writer.alter(table, draw);
                statement(writer, format!("ALTER SEQUENCE {own} OWNED BY {owner}"));
                let options = SequenceOptions::default();
                let sequence = literal(&own);
                statement(writer, catch_up(&sequence, table, &self.after.name, self.ty(), &options));
            }
            (Way::Drawn, Way::Serial) => {
                statement(writer, format!("ALTER SEQUENCE {own} OWNED BY {owner}"));
            }
            (Way::Serial, Way::Serial) if self.before.ty != self.after.ty => {
                if let Some(ty) = self.ty() {
                    statement(writer, format!("ALTER SEQUENCE {own} AS {ty}"));
                }
            }
            (Way::Serial, Way::None) => statement(writer, format!("DROP SEQUENCE {own}")),
            (Way::Serial, Way::Serial | Way::Drawn)
            | (Way::Identity | Way::None | Way::Drawn, Way::None | Way::Drawn) => {}
        }
    }

    fn alter_identity(&self, writer: &mut Writer) {
        let (Some((was, old)), Some((when, new))) =
            (parts(self.before.identity.as_ref()), parts(self.after.identity.as_ref()))
        else {
            return;
        };
        let mut sets = Vec::new();
        if was != when {
            sets.push(format!("SET GENERATED {when}"));
        }
        let changed = changes(self.ty(), old, new);
        sets.extend(
            changed.into_iter().map(
                |clause| {
                    if clause == "RESTART" { clause } else { format!("SET {clause}") }
                },
            ),
        );
        if !sets.is_empty() {
            let column = name(&self.after.name);
            writer.alter(self.table, format!("ALTER COLUMN {column} {}", sets.join(" ")));
        }
    }

    /// The expression that finds the sequence of an identity, whatever it is called.
    fn identity_sequence(&self) -> String {
        let table = literal(&object(self.table));
        format!("pg_get_serial_sequence({table}, {})", literal(&self.after.name))
    }
}

//! Columns that the database numbers: identities and serials, and the ways from one to the other. No way gives a number
//! twice: where there was a counter, the new one goes on from it, else behind the highest number that is there.

use migrate_core::{Code, Error};

use super::{
    column::foreign_identity,
    name::{literal, name, object, standard_name},
    sequence::{Range, catch_up, changes, for_serial, must_reach, of_serial, options, range},
    ty::integer,
    writer::Writer,
};
use crate::{
    ddl::Statement,
    schema::{Column, Identity, ObjectName, Schema, SequenceOptions},
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
    /// That of the serial: the one that there was, or the one that is made.
    sequence: ObjectName,
}

impl<'a> Change<'a> {
    /// # Errors
    /// [`Code::Unsupported`] for a way of numbering that the engine does not have.
    pub(super) fn between(
        now: &Schema,
        table: &'a ObjectName,
        before: &'a Column,
        after: &'a Column,
    ) -> Result<Self, Error> {
        let way = |column: &Column| match &column.identity {
            None => Ok(Way::None),
            Some(Identity::Serial) => serial_type(column).map(|_| Way::Serial),
            Some(Identity::Always(_) | Identity::ByDefault(_)) => Ok(Way::Identity),
            Some(Identity::AutoIncrement | Identity::Seeded { .. }) => Err(foreign_identity(column)),
        };
        let (from, to) = (way(before)?, way(after)?);
        let sequence = match (from, to) {
            (Way::None | Way::Identity, Way::Serial) => {
                for_serial(now, table, &after.name, after.sequence_number)
            }
            (Way::Serial, _) | (Way::None | Way::Identity, Way::None | Way::Identity) => {
                of_serial(table, &before.name, before.sequence_number)
            }
        };
        Ok(Self { table, before, after, from, to, sequence })
    }

    pub(super) fn drops_identity(&self) -> bool {
        self.from == Way::Identity && self.to != Way::Identity
    }

    pub(super) fn adds_identity(&self) -> bool {
        self.from != Way::Identity && self.to == Way::Identity
    }

    /// Whether the default of the serial goes.
    pub(super) fn drops_serial(&self) -> bool {
        self.from == Way::Serial && self.to != Way::Serial
    }

    /// What a sequence is called for a moment, while another one has the name.
    fn aside(&self, label: &str) -> ObjectName {
        let name = standard_name(&self.table.name, Some(&self.after.name), label);
        ObjectName { schema: self.table.schema.clone(), name }
    }

    fn ty(&self) -> Option<&'static str> {
        integer(&self.after.ty)
    }

    /// Whether the type holds less numbers than before: then the identity's bounds come down before the type does.
    fn narrows(&self) -> bool {
        let width = |ty: &str| match integer(ty) {
            Some("smallint") => 2,
            Some("integer") => 4,
            _ => 8,
        };
        width(&self.after.ty) < width(&self.before.ty)
    }

    /// What comes before the column is altered.
    pub(super) fn prepare(&self, writer: &mut Writer) {
        let mut statement = |sql: String| writer.statement(Statement::new(sql));
        let own = object(&self.sequence);
        match (self.from, self.to) {
            (Way::Serial, Way::Identity) => {
                // The identity's sequence gets the name.
                let old = self.aside("old_seq");
                statement(format!("ALTER SEQUENCE {own} RENAME TO {}", name(&old.name)));
                if self.before.sequence_number.is_some() {
                    // Else it would be found as the column's.
                    statement(format!("ALTER SEQUENCE {} OWNED BY NONE", object(&old)));
                }
            }
            (Way::Identity, Way::Serial) => {
                let new = object(&self.aside("new_seq"));
                statement(format!("CREATE SEQUENCE {new} AS {}", self.ty().unwrap_or("bigint")));
                let Some((_, old)) = parts(self.before.identity.as_ref()) else { return };
                let stated = SequenceOptions::default();
                let found = self.identity_sequence();
                statement(match range(self.ty(), old, &stated) {
                    Range::Within => format!("SELECT setval({}, nextval({found}), false)", literal(&new)),
                    Range::From(start) => format!(
                        "SELECT setval({}, greatest(nextval({found}), {start}), false)",
                        literal(&new)
                    ),
                    Range::Other => {
                        catch_up(&literal(&new), self.table, &self.before.name, self.ty(), &stated)
                    }
                });
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
                if self.narrows() {
                    self.alter_identity(writer);
                    writer.close();
                }
            }
            (Way::Serial | Way::Identity | Way::None, Way::None)
            | (Way::Serial, Way::Serial)
            | (Way::None, Way::Identity) => {}
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
            (Way::Identity, Way::Identity) => {
                if !self.narrows() {
                    self.alter_identity(writer);
                }
                self.restart_identity(writer);
            }
            (Way::Serial, Way::Identity) => {
                self.add_identity(writer);
                let old = object(&self.aside("old_seq"));
                let new = match self.before.sequence_number {
                    None => literal(&own),
                    // Which name is free is the server's to know.
                    Some(_) => self.identity_sequence(),
                };
                let Some((_, stated)) = parts(self.after.identity.as_ref()) else { return };
                let sql = match range(self.ty(), &SequenceOptions::default(), stated) {
                    Range::Within => format!("SELECT setval({new}, last_value, is_called) FROM {old}"),
                    Range::From(start) => format!(
                        "SELECT setval({new}, greatest(last_value, {start}), is_called AND last_value >= {start}) FROM {old}"
                    ),
                    Range::Other => catch_up(&new, table, &self.after.name, self.ty(), stated),
                };
                statement(writer, sql);
                statement(writer, format!("DROP SEQUENCE {old}"));
            }
            (Way::None, Way::Identity) => {
                self.add_identity(writer);
                if let Some((_, stated)) = parts(self.after.identity.as_ref()) {
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
            (Way::Serial, Way::Serial) if self.before.ty != self.after.ty => {
                if let Some(ty) = self.ty() {
                    statement(writer, format!("ALTER SEQUENCE {own} AS {ty}"));
                }
            }
            (Way::Serial, Way::None) => statement(writer, format!("DROP SEQUENCE {own}")),
            (Way::Serial, Way::Serial) | (Way::Identity | Way::None, Way::None) => {}
        }
    }

    fn add_identity(&self, writer: &mut Writer) {
        if let Some(clause) = clause(self.after.identity.as_ref()) {
            writer.alter(self.table, format!("ALTER COLUMN {} ADD {clause}", name(&self.after.name)));
        }
    }

    /// A counter that begins anew, or turns round, passes over the numbers that are there.
    fn restart_identity(&self, writer: &mut Writer) {
        let (Some((_, old)), Some((_, new))) =
            (parts(self.before.identity.as_ref()), parts(self.after.identity.as_ref()))
        else {
            return;
        };
        let begins = changes(self.ty(), old, new).iter().any(|clause| clause == "RESTART");
        if begins || range(self.ty(), old, new) == Range::Other {
            let sequence = self.identity_sequence();
            let sql = catch_up(&sequence, self.table, &self.after.name, self.ty(), new);
            writer.statement(Statement::new(sql));
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

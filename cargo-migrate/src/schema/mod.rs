//! What a database holds, as plain data in the words of one dialect.
//!
//! Types, defaults and expressions are texts of that dialect. Two schemas can be compared where both texts come from the
//! same engine: read by its reader, or written by us and read back.

mod around;
mod beside;
mod column;
mod constraint;
mod details;
mod index;
mod name;
mod relocate;
mod table;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::Dialect;

pub(crate) use around::Around;
pub(crate) use beside::{Beside, Dependent, Program};
pub(crate) use column::{Column, Generated, Identity, SequenceOptions};
pub(crate) use constraint::{
    Check, Deferrable, Exclusion, ForeignKey, PrimaryKey, ReferentialAction, Unique,
};
pub(crate) use details::{Details, KeyDetails, KeyPartDetails, NotNull, OnConflict};
pub(crate) use index::{Index, IndexKey, KeyPart, NullsOrder};
pub(crate) use name::ObjectName;
pub(crate) use relocate::Place;
pub(crate) use table::{Table, Trigger};
pub(crate) use values::{lists_values, strings};

/// The part of a database that is compared. Views, triggers, functions, partitions and policies are not in it: they are
/// left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) dialect: Dialect,
    /// Schemas beside the default one that hold something, or were asked for.
    pub(crate) schemas: BTreeSet<String>,
    pub(crate) tables: BTreeMap<ObjectName, Table>,
    /// `PostgreSQL` only: elsewhere the values are part of a column's type, or a check.
    pub(crate) enums: BTreeMap<ObjectName, EnumType>,
    /// Sequences that belong to no column.
    pub(crate) sequences: BTreeMap<ObjectName, Sequence>,
    /// SQLite only. Never compared.
    pub(crate) around: Around,
    /// The options that a table of the default schema gets when it states none, by the engine's own word: MySQL and
    /// MariaDB, where they are the database's. Never compared.
    pub(crate) defaults: BTreeMap<String, String>,
    pub(crate) beside: Beside,
}

/// An enumerated type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnumType {
    pub(crate) name: ObjectName,
    /// In their order.
    pub(crate) values: Vec<String>,
    pub(crate) comment: Option<String>,
    /// What stands on it and is not read: columns of tables that are passed by, views, functions, in the server's words.
    /// Never compared.
    pub(crate) needed_by: Vec<String>,
}

/// A sequence that belongs to no column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sequence {
    pub(crate) name: ObjectName,
    /// The type of its numbers, where the engine has several.
    pub(crate) ty: Option<String>,
    pub(crate) options: SequenceOptions,
    pub(crate) comment: Option<String>,
    /// PostgreSQL: a column owns it, though it is no serial; the sequence goes with that column. Never compared.
    pub(crate) is_owned: bool,
    /// As of an [`EnumType`]. Never compared.
    pub(crate) needed_by: Vec<String>,
}

impl Schema {
    /// Nothing.
    pub(crate) fn empty(dialect: Dialect) -> Self {
        Self {
            dialect,
            schemas: BTreeSet::new(),
            tables: BTreeMap::new(),
            enums: BTreeMap::new(),
            sequences: BTreeMap::new(),
            around: Around::default(),
            defaults: BTreeMap::new(),
            beside: Beside::default(),
        }
    }

    /// Leaves out the options that tables have because the database gives them: a model need not repeat them.
    pub(crate) fn leave_out_defaults(&mut self) {
        let defaults = &self.defaults;
        for table in self.tables.values_mut().filter(|table| table.name.schema.is_none()) {
            table.options.retain(|option, value| defaults.get(option) != Some(value));
        }
    }

    /// The table of this name.
    pub(crate) fn table(&self, name: &ObjectName) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Puts a table in, in place of one with its name.
    pub(crate) fn insert(&mut self, table: Table) {
        self.tables.insert(table.name.clone(), table);
    }
}

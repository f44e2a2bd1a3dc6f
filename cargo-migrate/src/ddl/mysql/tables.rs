//! Whole tables, and what is said of a table as a whole.

use migrate_core::Error;

use super::{
    alter::Piece,
    batch::{Batch, Clause, Kind},
    column, key,
    live::{normalised, table_mut},
    planner::Planner,
    review, table,
};
use crate::{
    ddl::Statement,
    mysql::implicit_indexes,
    schema::{Column, ForeignKey, ObjectName, Table},
};

impl Planner<'_> {
    /// Foreign keys to tables on which something is still to be done wait for that.
    pub(super) fn create_table(&mut self, table: &Table) -> Result<(), Error> {
        let mut table = normalised(table.clone());
        let clashes = |batch: &Batch| {
            let has = |name: &Option<String>| {
                name.as_ref().is_some_and(|name| {
                    batch.has(&Clause::DropCheck(name.clone()))
                        || batch.has(&Clause::DropForeignKey(name.clone()))
                })
            };
            table.checks.iter().any(|check| has(&check.name))
                || table.foreign_keys.iter().any(|key| has(&key.name))
        };
        // Names of checks and foreign keys are those of the database.
        if self
            .batches
            .iter()
            .any(|batch| clashes(batch) || batch.kind == Kind::Rename || batch.table == table.name)
        {
            self.flush()?;
        }
        let can_refer = |key: &ForeignKey| {
            key.referred_table == table.name
                || self.live.table(&key.referred_table).is_some()
                    && !self.batches.iter().any(|batch| batch.table == key.referred_table)
        };
        let (now, later): (Vec<ForeignKey>, Vec<ForeignKey>) =
            std::mem::take(&mut table.foreign_keys).into_iter().partition(can_refer);
        table.foreign_keys = now;
        self.owed.extend(later.into_iter().map(|key| (table.name.clone(), key)));
        let sql = table::create(self.dialect, &table, &self.live)?;
        self.pieces.push(Piece::Other(Statement::new(sql)));
        self.made.insert(table.name.clone(), implicit_indexes(self.dialect, &table));
        self.live.insert(table);
        Ok(())
    }

    pub(super) fn drop_table(&mut self, table: &Table) -> Result<(), Error> {
        let is_open = |batch: &Batch| batch.table == table.name || batch.kind == Kind::Rename;
        if self.batches.iter().any(is_open) {
            self.flush()?;
        }
        self.owed.retain(|(owner, _)| *owner != table.name);
        let sql = format!("DROP TABLE {}", key::table_name(&table.name));
        let notes = self.programs.notes();
        let statement = notes.into_iter().fold(Statement::new(sql), Statement::with_review);
        self.pieces.push(Piece::Other(statement));
        self.live.tables.remove(&table.name);
        self.made.remove(&table.name);
        Ok(())
    }

    pub(super) fn set_option(
        &mut self,
        table: &ObjectName,
        key: &str,
        value: Option<&String>,
    ) -> Result<(), Error> {
        self.changing(table)?.push(Clause::Option(key.to_owned()));
        let options = &mut table_mut(&mut self.live, table).options;
        match value {
            Some(value) => options.insert(key.to_owned(), value.clone()),
            None => options.remove(key),
        };
        if value.is_none() || !matches!(key, "charset" | "collation") {
            return Ok(());
        }
        // Columns keep what the table had unless they are told.
        let follows = |column: &&Column| {
            column::is_text(&column.ty) && column.charset.is_none() && column.collation.is_none()
        };
        let columns = table_mut(&mut self.live, table).columns.iter().filter(follows);
        let columns: Vec<String> = columns.map(|column| column.name.clone()).collect();
        for name in columns {
            self.take_off_foreign_keys(table, &name)?;
            self.changing(table)?.modify(&name);
        }
        if key == "charset" && value.is_some_and(|charset| charset != "utf8mb4") {
            let note = format!(
                "this fails if a text of {table} holds a character that the new charset lacks; {}",
                review::not_strict("it becomes a question mark")
            );
            self.changing(table)?.review("", note);
        }
        Ok(())
    }
}

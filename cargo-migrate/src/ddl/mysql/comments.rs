//! Comments. Those of columns and indexes are part of their definitions.

use migrate_core::Error;

use super::{batch::Clause, live::table_mut, planner::Planner, sequence, unsupported};
use crate::{operation::Commented, schema::ObjectName};

impl Planner<'_> {
    pub(super) fn set_comment(&mut self, on: &Commented, comment: Option<&String>) -> Result<(), Error> {
        let comment = comment.cloned();
        match on {
            Commented::Table(table) => {
                self.changing(table)?.push(Clause::Comment);
                table_mut(&mut self.live, table).comment = comment;
                Ok(())
            }
            Commented::Column { table, column } => {
                self.changing(table)?.modify(column);
                let columns = &mut table_mut(&mut self.live, table).columns;
                if let Some(found) = columns.iter_mut().find(|found| found.name == *column) {
                    found.comment = comment;
                }
                Ok(())
            }
            Commented::Index { table, index } => self.comment_index(table, index, comment),
            Commented::Constraint { table, constraint } => {
                let found = table_mut(&mut self.live, table);
                if found.indexes.iter().any(|index| index.name == *constraint) {
                    return self.comment_index(table, constraint, comment);
                }
                let is_other = found.foreign_keys.iter().any(|key| key.name.as_ref() == Some(constraint))
                    || found.checks.iter().any(|check| check.name.as_ref() == Some(constraint));
                if is_other || found.primary_key.is_none() {
                    return Err(unsupported(
                        self.dialect,
                        format!("{constraint} on {table} has a comment"),
                        "only tables, columns and indexes have comments here: leave it out",
                    ));
                }
                let batch = self.changing(table)?;
                if !batch.has(&Clause::AddPrimaryKey) {
                    batch.push(Clause::DropPrimaryKey);
                    batch.push(Clause::AddPrimaryKey);
                }
                if let Some(key) = &mut table_mut(&mut self.live, table).primary_key {
                    key.comment = comment;
                }
                Ok(())
            }
            Commented::Sequence(name) => {
                let statement = sequence::comment(self.dialect, name, comment.as_ref())?;
                self.say(statement)
            }
            Commented::Enum(name) => Err(self.no_enum(name)),
        }
    }

    /// The comment of an index is part of its definition.
    fn comment_index(
        &mut self,
        table: &ObjectName,
        name: &str,
        comment: Option<String>,
    ) -> Result<(), Error> {
        let batch = self.changing(table)?;
        if !batch.has(&Clause::AddIndex(name.to_owned())) {
            batch.drop_index(name);
            batch.push(Clause::AddIndex(name.to_owned()));
        }
        let indexes = &mut table_mut(&mut self.live, table).indexes;
        if let Some(index) = indexes.iter_mut().find(|index| index.name == name) {
            index.comment = comment;
        }
        Ok(())
    }
}

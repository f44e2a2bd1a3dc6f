//! The changes of one table, gathered for one ALTER TABLE.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::{Dialect, Error};

use super::{
    alter::Alter,
    column, key,
    live::{find_check, find_foreign_key, find_index},
    option,
};
use crate::{
    mysql::{identifier, identifiers, literal, mentions},
    schema::{Column, Index, ObjectName, Schema, Table},
};

/// A part of an ALTER TABLE, by name: what it says is read off the table as it is in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Clause {
    DropForeignKey(String),
    DropCheck(String),
    DropIndex(String),
    DropPrimaryKey,
    DropColumn(String),
    RenameColumn {
        from: String,
        to: String,
    },
    RenameIndex {
        from: String,
        to: String,
    },
    Modify(String),
    AddColumn(String),
    /// A column that takes the place of the one that is dropped.
    ReplaceColumn(String),
    /// A column that is modified and stands elsewhere from then on.
    MoveColumn(String),
    Option(String),
    AddPrimaryKey,
    SetVisibility(String),
    AddIndex(String),
    /// An index that a foreign key needs: name and columns.
    AddImplicitIndex(String, Vec<String>),
    AddCheck(String),
    AddForeignKey(String),
    Comment,
}

impl Clause {
    /// Its place in the statement.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::DropForeignKey(_) => 0,
            Self::DropCheck(_) => 1,
            Self::DropIndex(_) => 2,
            Self::DropPrimaryKey => 3,
            Self::DropColumn(_) => 4,
            Self::RenameColumn { .. } => 5,
            Self::RenameIndex { .. } => 6,
            Self::Modify(_) => 7,
            Self::AddColumn(_) | Self::ReplaceColumn(_) | Self::MoveColumn(_) => 8,
            Self::Option(_) => 9,
            Self::AddPrimaryKey => 10,
            Self::SetVisibility(_) => 11,
            Self::AddIndex(_) => 12,
            Self::AddImplicitIndex(..) => 13,
            Self::AddCheck(_) => 14,
            Self::AddForeignKey(_) => 15,
            Self::Comment => 16,
        }
    }

    /// Where the column that it makes stands in the table.
    fn place(&self, end: &Table) -> Option<usize> {
        match self {
            Self::AddColumn(name) | Self::ReplaceColumn(name) | Self::MoveColumn(name) => {
                end.columns.iter().position(|column| column.name == *name)
            }
            _ => None,
        }
    }
}

/// Indexes that foreign keys have made: names and columns.
pub(super) type Indexes = BTreeMap<String, Vec<String>>;

/// What sort of changes are gathered: no clause may name a column as another one of the same statement names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rename,
    Change,
}

#[derive(Debug)]
pub(super) struct Batch {
    pub(super) table: ObjectName,
    pub(super) kind: Kind,
    /// The table before the first of the changes.
    pub(super) start: Table,
    /// The table behind the last of them, where more changes follow in another batch.
    pub(super) end: Option<Table>,
    clauses: Vec<Clause>,
    /// What a human must look at, and the column that it is about.
    reviews: Vec<(String, String)>,
}

impl Batch {
    pub(super) fn new(table: &Table, kind: Kind) -> Self {
        Self {
            table: table.name.clone(),
            kind,
            start: table.clone(),
            end: None,
            clauses: Vec::new(),
            reviews: Vec::new(),
        }
    }

    pub(super) fn has(&self, clause: &Clause) -> bool {
        self.clauses.contains(clause)
    }

    pub(super) fn any(&self, test: impl Fn(&Clause) -> bool) -> bool {
        self.clauses.iter().any(test)
    }

    pub(super) fn push(&mut self, clause: Clause) {
        if !self.has(&clause) {
            self.clauses.push(clause);
        }
    }

    pub(super) fn review(&mut self, column: &str, note: String) {
        self.reviews.push((column.to_owned(), note));
    }

    /// Drops what is there, or forgets that it was to be added.
    pub(super) fn undo_or_drop(&mut self, add: &Clause, drop: Clause, was_there: bool) {
        let was_added = self.has(add);
        self.clauses.retain(|clause| clause != add);
        if was_there || !was_added {
            self.push(drop);
        }
    }

    pub(super) fn drop_index(&mut self, name: &str) {
        let renamed = self.clauses.iter().find_map(|clause| match clause {
            Clause::RenameIndex { from, to } if to == name => Some(from.clone()),
            _ => None,
        });
        if let Some(from) = renamed {
            self.clauses.retain(|clause| !matches!(clause, Clause::RenameIndex { to, .. } if to == name));
            self.push(Clause::DropIndex(from));
            return;
        }
        let was_there = find_index(&self.start, name).is_some();
        self.undo_or_drop(&Clause::AddIndex(name.to_owned()), Clause::DropIndex(name.to_owned()), was_there);
    }

    pub(super) fn drop_check(&mut self, name: &str) {
        let was_there = find_check(&self.start, name).is_some();
        self.undo_or_drop(&Clause::AddCheck(name.to_owned()), Clause::DropCheck(name.to_owned()), was_there);
    }

    pub(super) fn drop_column(&mut self, name: &str) {
        self.clauses.retain(|clause| *clause != Clause::Modify(name.to_owned()));
        self.reviews.retain(|(column, _)| column != name);
        let was_there = self.start.column(name).is_some();
        self.undo_or_drop(
            &Clause::AddColumn(name.to_owned()),
            Clause::DropColumn(name.to_owned()),
            was_there,
        );
    }

    pub(super) fn modify(&mut self, name: &str) {
        let is_new = |clause: &Clause| match clause {
            Clause::AddColumn(column) | Clause::ReplaceColumn(column) => column == name,
            _ => false,
        };
        if !self.any(is_new) {
            self.push(Clause::Modify(name.to_owned()));
        }
    }

    /// A check that belongs to a column is no clause of its own.
    pub(super) fn say_with_column(&mut self, check: &Clause, column: &str) {
        self.clauses.retain(|clause| clause != check);
        self.modify(column);
    }

    /// Drops the column and makes it anew, where it stood.
    pub(super) fn replace_column(&mut self, name: &str) {
        if !self.has(&Clause::AddColumn(name.to_owned())) {
            self.clauses.retain(|clause| *clause != Clause::Modify(name.to_owned()));
            self.push(Clause::DropColumn(name.to_owned()));
            self.push(Clause::ReplaceColumn(name.to_owned()));
        }
    }

    /// Lets no generated column stand before another one that it is computed from, which no server takes: new columns get
    /// their place, others move.
    pub(super) fn arrange(&mut self, end: &mut Table) {
        let columns = &mut end.columns;
        let uses = |one: &Column, other: &Column| {
            let generated = one.generated.as_ref().filter(|_| other.generated.is_some());
            generated.is_some_and(|generated| mentions(&generated.expression, &other.name))
        };
        // Each turn puts one column right; a circle would have no end.
        for _ in 0..columns.len() * columns.len() {
            let found = (0..columns.len()).find_map(|at| {
                let behind = (at + 1..columns.len()).find(|other| uses(&columns[at], &columns[*other]))?;
                Some((at, behind))
            });
            let Some((at, behind)) = found else { break };
            if self.has(&Clause::AddColumn(columns[behind].name.clone())) {
                let new = columns.remove(behind);
                columns.insert(at, new);
            } else {
                let moved = columns.remove(at);
                let name = moved.name.clone();
                columns.insert(behind, moved);
                if !self.has(&Clause::AddColumn(name.clone()))
                    && !self.has(&Clause::ReplaceColumn(name.clone()))
                {
                    self.clauses.retain(|clause| *clause != Clause::Modify(name.clone()));
                    self.push(Clause::MoveColumn(name));
                }
            }
        }
    }

    /// The statements: one, or two where MySQL sets a column of a foreign key NOT NULL, which it refuses together
    /// with anything that makes it copy the table.
    pub(super) fn into_alters(
        mut self,
        dialect: Dialect,
        end: &Table,
        live: &Schema,
        made: &Indexes,
        needed: &Indexes,
    ) -> Result<Vec<Alter>, Error> {
        if self.kind == Kind::Change {
            self.spare_indexes(end);
            self.serve_foreign_keys(end, made, needed);
        }
        // Of foreign keys on the same columns the last one names their index. A column stands behind one that is there.
        self.clauses.sort_by(|one, other| match (one, other) {
            (Clause::AddForeignKey(one), Clause::AddForeignKey(other)) => one.cmp(other),
            (one, other) => (one.rank(), one.place(end)).cmp(&(other.rank(), other.place(end))),
        });
        let split = self.columns_to_split(dialect, end);
        let reviews = std::mem::take(&mut self.reviews);
        let is_split = |clause: &Clause| matches!(clause, Clause::Modify(name) if split.contains(name));
        let (alone, together): (Vec<Clause>, Vec<Clause>) =
            std::mem::take(&mut self.clauses).into_iter().partition(is_split);
        let mut alters = Vec::new();
        for clauses in [together].into_iter().chain(alone.into_iter().map(|clause| vec![clause])) {
            let mut alter = Alter::new(self.table.clone());
            alter.renames = self.kind == Kind::Rename;
            let is_first = alters.is_empty();
            let mine = reviews.iter().filter(|(column, _)| {
                if split.contains(column) {
                    clauses.contains(&Clause::Modify(column.clone()))
                } else {
                    is_first
                }
            });
            alter.reviews = mine.map(|(_, note)| note.clone()).collect();
            for clause in &clauses {
                if let Clause::DropForeignKey(name) = clause {
                    alter.dropped.insert(name.clone());
                }
                if let Clause::AddForeignKey(name) = clause {
                    alter.added.insert(name.clone());
                }
                let text = text(dialect, clause, &clauses, end, live)?;
                alter.clauses.extend(text.map(|text| (clause.clone(), text)));
            }
            alters.push(alter);
        }
        Ok(alters)
    }

    /// An index that only becomes visible, or invisible, is not built anew.
    fn spare_indexes(&mut self, end: &Table) {
        let spared: Vec<String> = self
            .start
            .indexes
            .iter()
            .filter(|index| {
                let same = find_index(end, &index.name).is_some_and(|other| {
                    other.invisible != index.invisible
                        && Index { invisible: index.invisible, ..other.clone() } == **index
                });
                same && self.has(&Clause::DropIndex(index.name.clone()))
                    && self.has(&Clause::AddIndex(index.name.clone()))
            })
            .map(|index| index.name.clone())
            .collect();
        for name in spared {
            self.clauses.retain(|clause| {
                *clause != Clause::DropIndex(name.clone()) && *clause != Clause::AddIndex(name.clone())
            });
            self.push(Clause::SetVisibility(name));
        }
    }

    /// Makes the indexes that foreign keys need when others go, and drops those that they need no longer. The server
    /// does so by itself only with a foreign key that it adds, and with an index that it remembers to have made.
    fn serve_foreign_keys(&mut self, end: &Table, made: &Indexes, needed: &Indexes) {
        for (name, columns) in made {
            let adds_twin = end.foreign_keys.iter().any(|key| {
                let other = key.name.as_deref().unwrap_or_default();
                key.columns == *columns && other != name && self.has(&Clause::AddForeignKey(other.to_owned()))
            });
            if needed.get(name) != Some(columns) {
                self.push(Clause::DropIndex(name.clone()));
            } else if adds_twin {
                // The new key would take the index over, and its name with it.
                self.push(Clause::DropIndex(name.clone()));
                self.push(Clause::AddImplicitIndex(name.clone(), columns.clone()));
            }
        }
        for (name, columns) in needed {
            if made.get(name) != Some(columns) && !self.has(&Clause::AddForeignKey(name.clone())) {
                self.push(Clause::AddImplicitIndex(name.clone(), columns.clone()));
            }
        }
    }

    /// Columns of a foreign key that become NOT NULL.
    fn columns_to_split(&self, dialect: Dialect, end: &Table) -> BTreeSet<String> {
        let nullable =
            |table: &Table, name: &str| table.column(name).is_some_and(|column: &Column| column.nullable);
        match (dialect, self.kind) {
            (Dialect::Mysql, Kind::Change) => self
                .start
                .foreign_keys
                .iter()
                .flat_map(|key| &key.columns)
                .filter(|name| self.has(&Clause::Modify((*name).clone())))
                .filter(|name| nullable(&self.start, name) && !nullable(end, name))
                .cloned()
                .collect(),
            (Dialect::Mysql, Kind::Rename) => BTreeSet::new(),
            (Dialect::Mariadb | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite, _) => BTreeSet::new(),
        }
    }
}

/// What the clause says; nothing where there is nothing to say.
pub(super) fn text(
    dialect: Dialect,
    clause: &Clause,
    clauses: &[Clause],
    end: &Table,
    live: &Schema,
) -> Result<Option<String>, Error> {
    let definition = |name: &str| end.column(name).map(|one| column::definition(dialect, end, one).in_line());
    Ok(match clause {
        Clause::DropForeignKey(name) => Some(format!("DROP FOREIGN KEY {}", identifier(name))),
        Clause::DropCheck(name) => Some(format!("DROP CONSTRAINT {}", identifier(name))),
        Clause::DropIndex(name) => Some(format!("DROP INDEX {}", identifier(name))),
        Clause::DropPrimaryKey => Some("DROP PRIMARY KEY".to_owned()),
        Clause::DropColumn(name) => Some(format!("DROP COLUMN {}", identifier(name))),
        Clause::RenameColumn { from, to } => {
            Some(format!("RENAME COLUMN {} TO {}", identifier(from), identifier(to)))
        }
        Clause::RenameIndex { from, to } => {
            Some(format!("RENAME INDEX {} TO {}", identifier(from), identifier(to)))
        }
        Clause::Modify(name) => definition(name).map(|definition| format!("MODIFY COLUMN {definition}")),
        Clause::AddColumn(name) => {
            let place = if is_last(end, name, clauses) { String::new() } else { position(end, name) };
            definition(name).map(|definition| format!("ADD COLUMN {definition}{place}"))
        }
        Clause::MoveColumn(name) => {
            definition(name).map(|definition| format!("MODIFY COLUMN {definition}{}", position(end, name)))
        }
        Clause::ReplaceColumn(name) => {
            definition(name).map(|definition| format!("ADD COLUMN {definition}{}", position(end, name)))
        }
        // The collation says the charset too.
        Clause::Option(key)
            if key == "charset" && clauses.contains(&Clause::Option("collation".to_owned())) =>
        {
            None
        }
        Clause::Option(key) => option::of_alter(dialect, &end.name, key, &end.options)?,
        Clause::AddPrimaryKey => {
            end.primary_key.as_ref().map(|primary| format!("ADD {}", key::primary_key(primary)))
        }
        Clause::SetVisibility(name) => find_index(end, name).map(|index| {
            format!("ALTER INDEX {} {}", identifier(name), key::visibility(dialect, index.invisible))
        }),
        Clause::AddIndex(name) => match find_index(end, name) {
            Some(index) => Some(format!("ADD {}", key::index(dialect, &end.name, index)?)),
            None => None,
        },
        Clause::AddImplicitIndex(name, columns) => {
            Some(format!("ADD KEY {} ({})", identifier(name), identifiers(columns)))
        }
        Clause::AddCheck(name) => match find_check(end, name) {
            Some(check) => Some(format!("ADD {}", key::check(dialect, &end.name, check)?)),
            None => None,
        },
        Clause::AddForeignKey(name) => match find_foreign_key(end, name) {
            Some(foreign_key) => {
                Some(format!("ADD {}", key::foreign_key(dialect, &end.name, foreign_key, live)?))
            }
            None => None,
        },
        Clause::Comment => {
            let comment = end.comment.as_deref().unwrap_or_default();
            Some(format!("COMMENT={}", literal(comment)))
        }
    })
}

/// Whether nothing but other new columns stands behind the column.
fn is_last(table: &Table, name: &str, clauses: &[Clause]) -> bool {
    let mut behind = table.columns.iter().rev().take_while(|column| column.name != name);
    behind.all(|column| clauses.contains(&Clause::AddColumn(column.name.clone())))
}

fn position(table: &Table, name: &str) -> String {
    let at = table.columns.iter().position(|column| column.name == name).unwrap_or_default();
    match at.checked_sub(1).and_then(|before| table.columns.get(before)) {
        Some(before) => format!(" AFTER {}", identifier(&before.name)),
        None => " FIRST".to_owned(),
    }
}

//! Random schemas as Rust models, and random changes of them.
//!
//! What is drawn is what the models can say and the engine can do with rows in the tables: a change that must fail (a
//! NOT NULL column without a default) is not drawn.

mod dice;
mod enumeration;
mod extra;
mod kind;
mod rows;
mod source;
mod table;

use std::collections::BTreeMap;

use crate::ServerKind;

pub use dice::Dice;
use enumeration::Enumeration;
use extra::Extra;
use kind::Kind;
pub use rows::quote;
use table::{Column, Numbering, Table};

/// A schema, as models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    kind: ServerKind,
    tables: Vec<Table>,
    /// By the name in Rust.
    enums: BTreeMap<String, Enumeration>,
    counter: usize,
    /// Columns whose data a change dropped or rewrote: their values need not survive.
    touched: Vec<(String, String)>,
}

const NAMES: [&str; 12] = [
    "order",
    "user",
    "Mixed",
    "status",
    "group",
    "amount",
    "with space",
    "note",
    "größe",
    "select",
    "v",
    "long_name_of_a_thing",
];

impl World {
    /// Nothing yet.
    pub fn empty(kind: ServerKind) -> Self {
        Self { kind, tables: Vec::new(), enums: BTreeMap::new(), counter: 0, touched: Vec::new() }
    }

    fn fresh(&mut self, dice: &mut Dice) -> String {
        self.counter += 1;
        format!("{}_{}", dice.pick(&NAMES), self.counter)
    }

    /// The next state: some random changes.
    #[must_use]
    pub fn changed(&self, dice: &mut Dice) -> Self {
        let mut world = self.clone();
        world.touched.clear();
        for table in &mut world.tables {
            table.renamed_from = None;
            table.is_new = false;
            table.note_uniques();
            table.columns.iter_mut().for_each(|column| column.renamed_from = None);
        }
        world.enums.values_mut().for_each(Enumeration::settle);
        for _ in 0..=dice.below(6) {
            world.change(dice);
        }
        world
    }

    fn change(&mut self, dice: &mut Dice) {
        if self.tables.len() < 2 || (self.tables.len() < 6 && dice.one_in(6)) {
            return self.add_table(dice);
        }
        let at = dice.below(self.tables.len());
        let server = self.kind;
        match dice.below(22) {
            0 => self.drop_table(at),
            1 => {
                let new = self.fresh(dice);
                self.rename_table(at, &new);
            }
            2 | 3 => {
                let column = self.column(dice, true);
                self.tables[at].columns.push(column);
            }
            4 => self.tables[at].drop_column(dice),
            5 => {
                let new = self.fresh(dice);
                let old = self.tables[at].rename_column(dice, &new);
                let table = self.tables[at].name.clone();
                let touched = self.touched.iter_mut();
                let same = touched.filter(|(name, column)| *name == table && old.as_ref() == Some(column));
                same.for_each(|(_, column)| column.clone_from(&new));
            }
            6 => {
                let altered = self.tables[at].alter_type(dice);
                let table = self.tables[at].name.clone();
                self.touched.extend(altered.map(|column| (table, column)));
            }
            7 => self.tables[at].toggle_null(dice),
            8 => self.tables[at].toggle_default(dice),
            9 | 10 => self.tables[at].toggle_index(dice, server),
            11 => self.toggle_key(dice, at),
            12 => self.tables[at].toggle_check(dice),
            13 if server != ServerKind::Sqlite => {
                let table = &mut self.tables[at];
                table.comment = if table.comment.is_some() { None } else { Some("kept for ever".to_owned()) };
            }
            14 if server != ServerKind::Sqlite => {
                let column = self.tables[at].columns.first_mut();
                if let Some(column) = column {
                    column.comment = if column.comment.is_some() { None } else { Some("changed".to_owned()) };
                }
            }
            15 => {
                let name = self.fresh(dice);
                self.tables[at].add_generated(dice, server, name);
            }
            16 => self.change_enum(dice),
            17 => {
                let table = &mut self.tables[at];
                if table.renamed_from.is_none() {
                    table.toggle_part(dice, server);
                    self.forget_keys_to_parts();
                }
            }
            18 => self.tables[at].toggle_numbering(dice, server),
            19 => {
                let column = self.tables[at].columns.iter_mut().find(|column| column.kind.is_short_text());
                if let Some(column) = column {
                    column.collated = !column.collated;
                }
            }
            _ => self.toggle_extra(dice, at),
        }
    }

    fn add_table(&mut self, dice: &mut Dice) {
        let name = self.fresh(dice);
        let columns = (0..=dice.below(5)).map(|_| self.column(dice, false)).collect();
        self.tables.push(Table {
            name,
            is_new: true,
            renamed_from: None,
            in_shop: self.kind == ServerKind::Postgres && dice.one_in(4),
            columns,
            numbering: *dice.pick(&[Numbering::None, Numbering::Plain]),
            part: None,
            comment: None,
            indexes: Vec::new(),
            uniques: Vec::new(),
            checks: Vec::new(),
            keys: BTreeMap::new(),
            extras: Vec::new(),
        });
        let at = self.tables.len() - 1;
        let server = self.kind;
        self.tables[at].toggle_index(dice, server);
        self.tables[at].toggle_check(dice);
        self.toggle_key(dice, at);
        self.toggle_extra(dice, at);
    }

    fn column(&mut self, dice: &mut Dice, on_rows: bool) -> Column {
        let name = self.fresh(dice);
        let kind = self.kind_of_column(dice);
        let default = kind.can_default() && dice.one_in(2);
        Column {
            name,
            nullable: (on_rows && !default) || dice.one_in(2),
            default,
            comment: dice
                .one_in(6)
                .then(|| "it's \"so\"".to_owned())
                .filter(|_| self.kind != ServerKind::Sqlite),
            collated: kind.is_short_text() && dice.one_in(5),
            kind,
            generated: None,
            renamed_from: None,
            late: on_rows,
            was_unique: false,
        }
    }

    fn kind_of_column(&mut self, dice: &mut Dice) -> Kind {
        match dice.below(18) {
            0 => Kind::Small,
            1 => Kind::Int,
            2 => Kind::Big,
            3 if matches!(self.kind, ServerKind::Mysql | ServerKind::Mariadb) => Kind::Unsigned,
            4 => Kind::Bool,
            5 => Kind::Float,
            6 => Kind::Text,
            7 => Kind::Varchar(20 + 10 * u32::try_from(dice.below(5)).expect("small")),
            8 => Kind::Char(8),
            9 => Kind::Decimal(10, 2),
            10 => Kind::Date,
            11 => Kind::DateTime(*dice.pick(&[6, 6, 3])),
            12 => Kind::Timestamp,
            13 => Kind::Uuid,
            14 => Kind::Bytes,
            15 => Kind::Json,
            16 if self.kind == ServerKind::Postgres => Kind::Ints,
            _ => {
                if self.enums.is_empty() || (self.enums.len() < 3 && dice.one_in(3)) {
                    self.counter += 1;
                    let number = self.counter;
                    let enumeration = Enumeration::new(format!("state_{number}"), dice);
                    self.enums.insert(format!("State{number}"), enumeration);
                }
                let names: Vec<_> = self.enums.keys().cloned().collect();
                Kind::Enum(dice.pick(&names).clone())
            }
        }
    }

    fn change_enum(&mut self, dice: &mut Dice) {
        let names: Vec<_> = self.enums.keys().cloned().collect();
        if names.is_empty() {
            return;
        }
        let name = dice.pick(&names).clone();
        self.counter += 1;
        let fresh = format!("other {}", self.counter);
        let is_renamed = self.enums.get_mut(&name).is_some_and(|one| one.change(dice, &fresh));
        if is_renamed {
            let of_enum = |column: &&Column| column.kind == Kind::Enum(name.clone());
            for table in &self.tables {
                let columns = table.columns.iter().filter(of_enum).map(|column| column.name.clone());
                self.touched.extend(columns.map(|column| (table.name.clone(), column)));
            }
        }
    }

    fn drop_table(&mut self, at: usize) {
        let gone = self.tables.remove(at);
        for table in &mut self.tables {
            table.keys.retain(|_, key| key.referred != gone.name);
        }
    }

    fn rename_table(&mut self, at: usize, new: &str) {
        let table = &mut self.tables[at];
        if table.renamed_from.is_some() {
            return;
        }
        let old = std::mem::replace(&mut table.name, new.to_owned());
        table.renamed_from = Some(old.clone());
        for key in self.tables.iter_mut().flat_map(|table| table.keys.values_mut()) {
            if key.referred == old {
                new.clone_into(&mut key.referred);
            }
        }
        for (touched, _) in self.touched.iter_mut().filter(|(touched, _)| *touched == old) {
            new.clone_into(touched);
        }
    }

    fn toggle_key(&mut self, dice: &mut Dice, at: usize) {
        let whole: Vec<_> =
            self.tables.iter().filter(|table| table.part.is_none()).map(|table| table.name.clone()).collect();
        if !whole.is_empty() {
            let referred = dice.pick(&whole).clone();
            self.tables[at].toggle_key(dice, self.kind, &referred);
        }
    }

    /// Where the id is not the whole key, nothing can refer to it.
    fn forget_keys_to_parts(&mut self) {
        let parts: Vec<_> =
            self.tables.iter().filter(|table| table.part.is_some()).map(|table| table.name.clone()).collect();
        for table in &mut self.tables {
            table.keys.retain(|_, key| !parts.contains(&key.referred));
        }
    }

    fn toggle_extra(&mut self, dice: &mut Dice, at: usize) {
        self.counter += 1;
        let number = self.counter;
        let table = &mut self.tables[at];
        if !table.extras.is_empty() && dice.one_in(3) {
            let gone = dice.below(table.extras.len());
            table.extras.remove(gone);
            return;
        }
        let drawn = Extra::draw(dice, self.kind, table, number);
        table.extras.extend(drawn);
    }
}

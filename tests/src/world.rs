//! Random schemas as Rust models, and random changes of them.
//!
//! What is drawn is what the models can say and the engine can do with rows in the tables: a change that must fail (a
//! NOT NULL column without a default) is not drawn.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::ServerKind;

/// A source of numbers that gives the same for the same seed: `SplitMix64`.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most.max(1) as u64).expect("small")
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Small,
    Int,
    Big,
    Unsigned,
    Bool,
    Float,
    Text,
    Varchar(u32),
    Char(u32),
    Decimal(u32, u32),
    Date,
    DateTime,
    Timestamp,
    Uuid,
    Bytes,
    Json,
    Ints,
    /// Among the enums, by name.
    Enum(String),
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    name: String,
    kind: Kind,
    nullable: bool,
    default: bool,
    comment: Option<String>,
    /// Computed from this column.
    generated_from: Option<String>,
    renamed_from: Option<String>,
    /// It came when there were rows already: all of them hold the same in it.
    late: bool,
}

/// A table. Its primary key is `id`, unless `key` says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Table {
    name: String,
    renamed_from: Option<String>,
    columns: Vec<Column>,
    identity: bool,
    comment: Option<String>,
    /// Columns, unique, descending, with a condition.
    indexes: Vec<(Vec<String>, bool, bool, bool)>,
    uniques: Vec<Vec<String>>,
    /// Columns that must not be negative.
    checks: Vec<String>,
    /// Columns that refer to a table's id, and what happens on delete.
    keys: BTreeMap<String, (String, &'static str)>,
}

/// A schema, as models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    kind: ServerKind,
    tables: Vec<Table>,
    enums: BTreeMap<String, Vec<String>>,
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
            for column in &mut table.columns {
                column.renamed_from = None;
            }
        }
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
        match dice.below(14) {
            0 => self.drop_table(at),
            1 => {
                let new = self.fresh(dice);
                self.rename_table(at, &new);
            }
            2 | 3 => {
                let column = self.column(dice, true);
                self.tables[at].columns.push(column);
            }
            4 => self.drop_column(dice, at),
            5 => self.rename_column(dice, at),
            6 => self.alter_type(dice, at),
            7 => {
                let table = &mut self.tables[at];
                if let Some(column) = table.columns.iter_mut().find(|column| column.generated_from.is_none())
                {
                    column.nullable = !column.nullable;
                }
            }
            8 => {
                let table = &mut self.tables[at];
                let count = table.columns.len();
                if count > 0 {
                    let column = &mut table.columns[dice.below(count)];
                    // The default of a key would have to be one.
                    column.default = !column.default
                        && can_default(&column.kind)
                        && column.generated_from.is_none()
                        && !table.keys.contains_key(&column.name);
                }
            }
            9 | 10 => self.toggle_index(dice, at),
            11 => self.toggle_key(dice, at),
            12 => self.toggle_check(dice, at),
            _ => self.other(dice, at),
        }
    }

    fn add_table(&mut self, dice: &mut Dice) {
        let name = self.fresh(dice);
        let columns = (0..=dice.below(5)).map(|_| self.column(dice, false)).collect();
        self.tables.push(Table {
            name,
            renamed_from: None,
            columns,
            identity: dice.one_in(2),
            comment: None,
            indexes: Vec::new(),
            uniques: Vec::new(),
            checks: Vec::new(),
            keys: BTreeMap::new(),
        });
        let at = self.tables.len() - 1;
        self.toggle_index(dice, at);
        self.toggle_check(dice, at);
        self.toggle_key(dice, at);
    }

    fn column(&mut self, dice: &mut Dice, on_rows: bool) -> Column {
        let name = self.fresh(dice);
        let kind = self.kind_of_column(dice);
        let default = can_default(&kind) && dice.one_in(2);
        Column {
            name,
            nullable: (on_rows && !default) || dice.one_in(2),
            default,
            comment: dice
                .one_in(6)
                .then(|| "it's \"so\"".to_owned())
                .filter(|_| self.kind != ServerKind::Sqlite),
            kind,
            generated_from: None,
            renamed_from: None,
            late: on_rows,
        }
    }

    fn kind_of_column(&mut self, dice: &mut Dice) -> Kind {
        let kind = match dice.below(18) {
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
            11 => Kind::DateTime,
            12 => Kind::Timestamp,
            13 => Kind::Uuid,
            14 => Kind::Bytes,
            15 => Kind::Json,
            16 if self.kind == ServerKind::Postgres => Kind::Ints,
            _ => {
                if self.enums.is_empty() || (self.enums.len() < 3 && dice.one_in(3)) {
                    self.counter += 1;
                    let name = format!("State{}", self.counter);
                    self.enums.insert(name, vec!["open".to_owned(), "in_work".to_owned(), "done".to_owned()]);
                }
                let names: Vec<_> = self.enums.keys().cloned().collect();
                Kind::Enum(dice.pick(&names).clone())
            }
        };
        kind
    }

    fn drop_table(&mut self, at: usize) {
        let gone = self.tables.remove(at);
        for table in &mut self.tables {
            table.keys.retain(|_, (referred, _)| *referred != gone.name);
        }
    }

    fn rename_table(&mut self, at: usize, new: &str) {
        let table = &mut self.tables[at];
        if table.renamed_from.is_some() {
            return;
        }
        let old = std::mem::replace(&mut table.name, new.to_owned());
        table.renamed_from = Some(old.clone());
        for table in &mut self.tables {
            for (referred, _) in table.keys.values_mut().filter(|(referred, _)| *referred == old) {
                new.clone_into(referred);
            }
        }
        for (touched, _) in self.touched.iter_mut().filter(|(touched, _)| *touched == old) {
            new.clone_into(touched);
        }
    }

    fn drop_column(&mut self, dice: &mut Dice, at: usize) {
        let table = &mut self.tables[at];
        // On the way back, rows need something in it; the same in all of them, so nothing may be unique.
        let is_unique = |name: &String| {
            table.uniques.iter().any(|unique| unique.contains(name))
                || table.indexes.iter().any(|index| index.1 && index.0.contains(name))
        };
        let may_go = |column: &Column| match column.default {
            true => !is_unique(&column.name),
            false => column.nullable || column.generated_from.is_some(),
        };
        let free: Vec<_> = (0..table.columns.len()).filter(|at| may_go(&table.columns[*at])).collect();
        if free.is_empty() {
            return;
        }
        let gone = table.columns.remove(*dice.pick(&free)).name;
        table.columns.retain(|column| column.generated_from.as_ref() != Some(&gone));
        table.clean();
    }

    fn rename_column(&mut self, dice: &mut Dice, at: usize) {
        let new = self.fresh(dice);
        let table = &mut self.tables[at];
        let count = table.columns.len();
        if count == 0 {
            return;
        }
        let column = &mut table.columns[dice.below(count)];
        if column.renamed_from.is_some() || column.generated_from.is_some() {
            return;
        }
        let old = std::mem::replace(&mut column.name, new.clone());
        column.renamed_from = Some(old.clone());
        let rename = |name: &mut String| {
            if *name == old {
                name.clone_from(&new);
            }
        };
        table.indexes.iter_mut().flat_map(|index| &mut index.0).for_each(rename);
        table.uniques.iter_mut().flatten().for_each(rename);
        table.checks.iter_mut().for_each(rename);
        table.columns.iter_mut().filter_map(|column| column.generated_from.as_mut()).for_each(rename);
        if let Some(key) = table.keys.remove(&old) {
            table.keys.insert(new.clone(), key);
        }
        let name = table.name.clone();
        for (_, column) in self.touched.iter_mut().filter(|(table, column)| *table == name && *column == old)
        {
            column.clone_from(&new);
        }
    }

    /// To a type that takes every value that we seed.
    fn alter_type(&mut self, dice: &mut Dice, at: usize) {
        let table = &mut self.tables[at];
        let name = table.name.clone();
        let free: Vec<_> = table
            .columns
            .iter()
            .filter(|column| !table.keys.contains_key(&column.name) && column.generated_from.is_none())
            .filter(|column| {
                !table.columns.iter().any(|other| other.generated_from.as_ref() == Some(&column.name))
            })
            .map(|column| column.name.clone())
            .collect();
        if free.is_empty() {
            return;
        }
        let chosen = dice.pick(&free).clone();
        let Some(column) = table.columns.iter_mut().find(|column| column.name == chosen) else { return };
        column.kind = match (&column.kind, dice.below(3)) {
            (Kind::Small, 0) => Kind::Big,
            (Kind::Small, _) => Kind::Int,
            (Kind::Int, 0) => Kind::Decimal(12, 2),
            (Kind::Int, _) => Kind::Big,
            (Kind::Big, _) => Kind::Int,
            (Kind::Varchar(length), 0) => Kind::Varchar(length + 30),
            (Kind::Varchar(_), 1) => Kind::Text,
            (Kind::Varchar(_), _) => Kind::Varchar(12),
            (Kind::Text, _) => Kind::Varchar(60),
            (Kind::Decimal(..), _) => Kind::Decimal(14, 4),
            (Kind::Date, _) => Kind::DateTime,
            _ => return,
        };
        self.touched.push((name, chosen));
        // Text is no part of a key without a length.
        self.tables[at].clean();
    }

    fn toggle_index(&mut self, dice: &mut Dice, at: usize) {
        let kind = self.kind;
        let table = &mut self.tables[at];
        if !table.indexes.is_empty() && dice.one_in(3) {
            let gone = dice.below(table.indexes.len());
            table.indexes.remove(gone);
            return;
        }
        if !table.uniques.is_empty() && dice.one_in(3) {
            table.uniques.remove(0);
            return;
        }
        let fit: Vec<_> = table
            .columns
            .iter()
            .filter(|column| can_index(&column.kind) && column.generated_from.is_none())
            .map(|column| column.name.clone())
            .collect();
        if fit.is_empty() {
            return;
        }
        let mut columns = vec![dice.pick(&fit).clone()];
        let second = dice.pick(&fit).clone();
        if second != columns[0] && dice.one_in(2) {
            columns.push(second);
        }
        let is_distinct = table
            .columns
            .iter()
            .any(|column| column.name == columns[0] && is_distinct(&column.kind) && !column.late);
        if dice.one_in(3) && is_distinct && !table.uniques.contains(&columns) {
            // SQL Server takes two NULLs for the same.
            table.uniques.push(columns);
        } else if !table.indexes.iter().any(|index| index.0 == columns) && !table.uniques.contains(&columns) {
            let has_condition = dice.one_in(4)
                && matches!(kind, ServerKind::Postgres | ServerKind::Sqlite | ServerKind::Mssql);
            table.indexes.push((columns, is_distinct && dice.one_in(3), dice.one_in(3), has_condition));
        }
    }

    fn toggle_key(&mut self, dice: &mut Dice, at: usize) {
        let referred = dice.pick(&self.tables).name.clone();
        let action = *dice.pick(&["no action", "cascade", "set null", "restrict"]);
        let action = if self.kind == ServerKind::Mssql { "no action" } else { action };
        let table = &mut self.tables[at];
        if let Some(column) = table.keys.keys().next().cloned().filter(|_| dice.one_in(3)) {
            table.keys.remove(&column);
            return;
        }
        let sources: Vec<_> =
            table.columns.iter().filter_map(|column| column.generated_from.clone()).collect();
        let free = table.columns.iter_mut().find(|column| {
            column.kind == Kind::Big
                && !table.keys.contains_key(&column.name)
                // MySQL refuses both on what a foreign key may set.
                && !table.checks.contains(&column.name)
                && !sources.contains(&column.name)
                && column.generated_from.is_none()
        });
        if let Some(column) = free {
            column.nullable = true;
            // The default would have to be a key too.
            column.default = false;
            let name = column.name.clone();
            table.keys.insert(name, (referred, action));
        }
    }

    fn toggle_check(&mut self, dice: &mut Dice, at: usize) {
        let table = &mut self.tables[at];
        if !table.checks.is_empty() && dice.one_in(2) {
            table.checks.remove(0);
            return;
        }
        let numbers: Vec<_> = table
            .columns
            .iter()
            .filter(|column| matches!(column.kind, Kind::Small | Kind::Int | Kind::Big | Kind::Decimal(..)))
            // MySQL refuses a check on a column that a foreign key may set.
            .filter(|column| !table.keys.contains_key(&column.name) && !table.checks.contains(&column.name))
            .map(|column| column.name.clone())
            .collect();
        if !numbers.is_empty() {
            table.checks.push(dice.pick(&numbers).clone());
        }
    }

    fn other(&mut self, dice: &mut Dice, at: usize) {
        match dice.below(4) {
            0 if self.kind != ServerKind::Sqlite => {
                let table = &mut self.tables[at];
                table.comment = if table.comment.is_some() { None } else { Some("kept for ever".to_owned()) };
            }
            1 => {
                let Some(values) = self.enums.values_mut().next() else { return };
                let number = values.len();
                let place = dice.below(values.len() + 1);
                values.insert(place, format!("value_{number}"));
            }
            2 => {
                // From a whole number of the same table.
                let name = self.fresh(dice);
                let table = &mut self.tables[at];
                let source = table.columns.iter().find(|column| {
                    matches!(column.kind, Kind::Int | Kind::Big)
                        && column.generated_from.is_none()
                        && !table.keys.contains_key(&column.name)
                });
                if let Some(source) = source {
                    let source = source.name.clone();
                    table.columns.push(Column {
                        name,
                        kind: Kind::Big,
                        nullable: true,
                        default: false,
                        comment: None,
                        generated_from: Some(source),
                        renamed_from: None,
                        late: true,
                    });
                }
            }
            _ => {
                let table = &mut self.tables[at];
                if let Some(column) = table.columns.first_mut().filter(|_| self.kind != ServerKind::Sqlite) {
                    column.comment = if column.comment.is_some() { None } else { Some("changed".to_owned()) };
                }
            }
        }
    }

    /// The models as the text of a crate's root.
    pub fn source(&self) -> String {
        let mut text = String::from("use migrate_runtime::{Enum, Table};\n");
        for (name, values) in &self.enums {
            // One that nobody uses would be dropped and made again by chance.
            let is_used = self
                .tables
                .iter()
                .any(|table| table.columns.iter().any(|column| column.kind == Kind::Enum(name.clone())));
            if !is_used {
                continue;
            }
            let _ = writeln!(text, "\n#[derive(Enum)]\npub enum {name} {{");
            for value in values {
                let ident: String = value.split('_').map(capital).collect();
                let _ = writeln!(text, "    #[variant(name = {value:?})]\n    {ident},");
            }
            text.push_str("}\n");
        }
        for (at, table) in self.tables.iter().enumerate() {
            self.table_source(&mut text, at, table);
        }
        text
    }

    fn table_source(&self, text: &mut String, at: usize, table: &Table) {
        let field =
            |name: &str| format!("f{}", table.columns.iter().position(|c| c.name == name).expect("a column"));
        let mut entries = vec![format!("name = {:?}", table.name)];
        entries.extend(table.renamed_from.as_ref().map(|old| format!("renamed_from = {old:?}")));
        entries.extend(table.comment.as_ref().map(|comment| format!("comment = {comment:?}")));
        for (columns, unique, descending, condition) in &table.indexes {
            let mut keys: Vec<_> = columns.iter().map(|column| field(column)).collect();
            if *descending && self.kind != ServerKind::Mariadb {
                keys[0].push_str(" desc");
            }
            let unique = if *unique { ", unique" } else { "" };
            let condition = if *condition {
                format!(", where = {:?}", format!("{} IS NOT NULL", self.quoted(&columns[0])))
            } else {
                String::new()
            };
            entries.push(format!("index(columns({}){unique}{condition})", keys.join(", ")));
        }
        for columns in &table.uniques {
            let keys: Vec<_> = columns.iter().map(|column| field(column)).collect();
            entries.push(format!("unique(columns({}))", keys.join(", ")));
        }
        for (number, column) in table.checks.iter().enumerate() {
            let name = format!("ck_{at}_{number}_{}", table.name.len() + column.len());
            entries.push(format!(
                "check(name = {name:?}, expr = {:?})",
                format!("{} >= 0", self.quoted(column))
            ));
        }
        for (column, (referred, action)) in &table.keys {
            entries.push(format!(
                "foreign_key(columns({}), references = {:?}, on_delete = {action:?})",
                field(column),
                format!("{referred}.id")
            ));
        }
        let _ = writeln!(text, "\n#[derive(Table)]\n#[table({})]\npub struct T{at} {{", entries.join(", "));
        let identity = if table.identity { ", identity" } else { "" };
        let _ = writeln!(text, "    #[column(primary_key{identity})]\n    pub id: i64,");
        for column in &table.columns {
            let mut entries = vec![format!("name = {:?}", column.name)];
            entries.extend(column.renamed_from.as_ref().map(|old| format!("renamed_from = {old:?}")));
            entries.extend(column.comment.as_ref().map(|comment| format!("comment = {comment:?}")));
            let (rust, own) = rust_type(&column.kind);
            entries.extend(own);
            if column.default {
                entries.push(self.default(&column.kind));
            }
            if let Some(source) = &column.generated_from {
                entries.push(format!("generated = {:?}, stored", format!("{} * 2", self.quoted(source))));
            }
            let rust = if column.nullable { format!("Option<{rust}>") } else { rust };
            let _ = writeln!(
                text,
                "    #[column({})]\n    pub {}: {rust},",
                entries.join(", "),
                field(&column.name)
            );
        }
        text.push_str("}\n");
    }

    fn quoted(&self, name: &str) -> String {
        quote(self.kind, name)
    }

    fn default(&self, kind: &Kind) -> String {
        match kind {
            Kind::Small | Kind::Int | Kind::Big | Kind::Unsigned => "default = 7".to_owned(),
            Kind::Bool => "default = true".to_owned(),
            Kind::Float => "default = 0.5".to_owned(),
            Kind::Text | Kind::Varchar(_) | Kind::Char(_) => "default = \"it's\"".to_owned(),
            Kind::Decimal(..) => "default = 1.5".to_owned(),
            Kind::DateTime | Kind::Timestamp => "default_expr = \"'2020-01-01 00:00:00'\"".to_owned(),
            Kind::Date => "default_expr = \"'2020-01-01'\"".to_owned(),
            Kind::Enum(name) => {
                let first = &self.enums[name][0];
                format!("default = {name}::{}", first.split('_').map(capital).collect::<String>())
            }
            Kind::Uuid | Kind::Bytes | Kind::Json | Kind::Ints => unreachable!("no default"),
        }
    }

    /// Three rows for each table that has none, as statements; tables that are referred to may come later, so keys are
    /// NULL at first.
    pub fn seeds(&self, is_empty: impl Fn(&str) -> bool) -> Vec<String> {
        let mut statements = Vec::new();
        for table in self.tables.iter().filter(|table| is_empty(&table.name)) {
            for row in 1..=3 {
                let mut names = Vec::new();
                let mut values = Vec::new();
                if !table.identity {
                    names.push(self.quoted("id"));
                    values.push(row.to_string());
                }
                for column in table.columns.iter().filter(|column| column.generated_from.is_none()) {
                    names.push(self.quoted(&column.name));
                    values.push(if table.keys.contains_key(&column.name) {
                        "NULL".to_owned()
                    } else {
                        self.value(&column.kind, row)
                    });
                }
                let into = format!("INSERT INTO {}", self.quoted(&table.name));
                statements.push(match names.is_empty() {
                    true if matches!(self.kind, ServerKind::Mysql | ServerKind::Mariadb) => {
                        format!("{into} () VALUES ()")
                    }
                    true => format!("{into} DEFAULT VALUES"),
                    false => format!("{into} ({}) VALUES ({})", names.join(", "), values.join(", ")),
                });
            }
        }
        statements
    }

    fn value(&self, kind: &Kind, row: usize) -> String {
        match kind {
            Kind::Small | Kind::Int | Kind::Big | Kind::Unsigned => row.to_string(),
            Kind::Bool => match self.kind {
                ServerKind::Mssql => "1".to_owned(),
                _ => "true".to_owned(),
            },
            Kind::Float | Kind::Decimal(..) => format!("{row}.25"),
            Kind::Text | Kind::Varchar(_) | Kind::Char(_) => format!("'v{row}'"),
            Kind::Date => format!("'2026-01-0{row}'"),
            Kind::DateTime | Kind::Timestamp => format!("'2026-01-0{row} 10:00:00'"),
            Kind::Uuid => format!("'00000000-0000-0000-0000-00000000000{row}'"),
            Kind::Bytes => match self.kind {
                ServerKind::Postgres => format!("'\\x0{row}'"),
                ServerKind::Mssql => format!("0x0{row}"),
                ServerKind::Mysql | ServerKind::Mariadb | ServerKind::Sqlite => format!("x'0{row}'"),
            },
            Kind::Json => format!("'{{\"a\": {row}}}'"),
            Kind::Ints => format!("'{{{row},2}}'"),
            Kind::Enum(_) => "'done'".to_owned(),
        }
    }

    /// Queries whose answers must be the same before and after the change to `next`: by the query here, the query
    /// there.
    pub fn survivors(&self, next: &Self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for later in &next.tables {
            let old_name = later.renamed_from.as_ref().unwrap_or(&later.name);
            let Some(earlier) = self.tables.iter().find(|table| table.name == *old_name) else { continue };
            let from = |table: &Table| self.quoted(&table.name);
            let count = |table: &Table| format!("SELECT count(*) FROM {}", from(table));
            pairs.push((count(earlier), count(later)));
            for column in later.columns.iter().filter(|column| column.generated_from.is_none()) {
                let is_touched = next.touched.iter().any(|(table, touched)| {
                    *table == later.name && *touched == column.name
                        || touched == column.renamed_from.as_ref().unwrap_or(touched)
                            && column.renamed_from.is_some()
                });
                let old_column = column.renamed_from.as_ref().unwrap_or(&column.name);
                let Some(old) = earlier.columns.iter().find(|old| old.name == *old_column) else { continue };
                if is_touched || old.kind != column.kind {
                    continue;
                }
                let query = |table: &Table, column: &str| {
                    let column = self.quoted(column);
                    format!("SELECT {column} FROM {} ORDER BY {}", from(table), self.quoted("id"))
                };
                pairs.push((query(earlier, &old.name), query(later, &column.name)));
            }
        }
        pairs
    }
}

impl Table {
    /// Takes away what names columns that are gone, or that no longer fit.
    fn clean(&mut self) {
        let columns = &self.columns;
        let kind =
            |name: &String| columns.iter().find(|column| column.name == *name).map(|column| &column.kind);
        self.indexes.retain(|index| index.0.iter().all(|name| kind(name).is_some_and(can_index)));
        self.uniques.retain(|unique| unique.iter().all(|name| kind(name).is_some_and(can_index)));
        self.checks.retain(|name| kind(name).is_some());
        self.keys.retain(|name, _| kind(name).is_some_and(|kind| *kind == Kind::Big));
    }
}

/// The name in the quotes of the engine.
pub fn quote(kind: ServerKind, name: &str) -> String {
    match kind {
        ServerKind::Mysql | ServerKind::Mariadb => format!("`{name}`"),
        ServerKind::Mssql => format!("[{name}]"),
        ServerKind::Postgres | ServerKind::Sqlite => format!("\"{name}\""),
    }
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

fn can_default(kind: &Kind) -> bool {
    // MySQL has no plain default for texts without a length.
    !matches!(kind, Kind::Uuid | Kind::Bytes | Kind::Json | Kind::Ints | Kind::Text)
}

fn can_index(kind: &Kind) -> bool {
    !matches!(kind, Kind::Text | Kind::Json | Kind::Bytes | Kind::Ints | Kind::Bool | Kind::Float)
}

fn is_distinct(kind: &Kind) -> bool {
    !matches!(kind, Kind::Bool | Kind::Enum(_))
}

fn rust_type(kind: &Kind) -> (String, Vec<String>) {
    let plain = |rust: &str| (rust.to_owned(), Vec::new());
    match kind {
        Kind::Small => plain("i16"),
        Kind::Int => plain("i32"),
        Kind::Big => plain("i64"),
        Kind::Unsigned => plain("u32"),
        Kind::Bool => plain("bool"),
        Kind::Float => plain("f64"),
        Kind::Text => plain("String"),
        Kind::Varchar(length) => ("String".to_owned(), vec![format!("length = {length}")]),
        Kind::Char(length) => ("String".to_owned(), vec![format!("length = {length}"), "fixed".to_owned()]),
        Kind::Decimal(precision, scale) => (
            "rust_decimal::Decimal".to_owned(),
            vec![format!("precision = {precision}"), format!("scale = {scale}")],
        ),
        Kind::Date => plain("chrono::NaiveDate"),
        Kind::DateTime => plain("chrono::NaiveDateTime"),
        Kind::Timestamp => plain("chrono::DateTime<chrono::Utc>"),
        Kind::Uuid => plain("uuid::Uuid"),
        Kind::Bytes => plain("Vec<u8>"),
        Kind::Json => plain("serde_json::Value"),
        Kind::Ints => plain("Vec<i32>"),
        Kind::Enum(name) => plain(name),
    }
}

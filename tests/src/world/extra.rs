//! What a table has that not every engine knows.

use crate::ServerKind;

use super::{dice::Dice, kind::Kind, table::Table};

/// Something on columns of a table, or on the table alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extra {
    pub(super) sort: Sort,
    /// Sets it apart from others of its sort.
    number: usize,
    pub(super) columns: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// `INCLUDE`
    Including,
    NullsLast,
    PatternOps,
    Hash,
    Lower,
    Prefix,
    Deferrable,
    NullsNotDistinct,
    Exclusion,
    CheckText,
    CheckPair,
    Sequence,
    Fillfactor,
    RowFormat,
}

impl Sort {
    const ALL: [Self; 14] = [
        Self::Including,
        Self::NullsLast,
        Self::PatternOps,
        Self::Hash,
        Self::Lower,
        Self::Prefix,
        Self::Deferrable,
        Self::NullsNotDistinct,
        Self::Exclusion,
        Self::CheckText,
        Self::CheckPair,
        Self::Sequence,
        Self::Fillfactor,
        Self::RowFormat,
    ];

    const fn is_known(self, server: ServerKind) -> bool {
        let is_mysql = matches!(server, ServerKind::Mysql | ServerKind::Mariadb);
        let is_postgres = matches!(server, ServerKind::Postgres);
        match self {
            Self::Including
            | Self::NullsLast
            | Self::PatternOps
            | Self::Hash
            | Self::Deferrable
            | Self::NullsNotDistinct
            | Self::Exclusion
            | Self::Fillfactor => is_postgres,
            Self::Lower => matches!(server, ServerKind::Postgres | ServerKind::Mysql | ServerKind::Sqlite),
            Self::Prefix | Self::RowFormat => is_mysql,
            Self::CheckText | Self::CheckPair => true,
            Self::Sequence => is_postgres || matches!(server, ServerKind::Mariadb),
        }
    }

    /// What it asks of each of its columns.
    fn fits(self) -> &'static [fn(&Kind) -> bool] {
        match self {
            Self::Including => &[Kind::can_index, Kind::can_index],
            Self::NullsLast | Self::Hash => &[Kind::can_index],
            Self::PatternOps => &[|kind| matches!(kind, Kind::Varchar(_))],
            Self::Lower | Self::CheckText => &[Kind::is_short_text],
            Self::Prefix => &[|kind| matches!(kind, Kind::Text)],
            Self::Deferrable | Self::NullsNotDistinct | Self::Exclusion => &[Kind::is_whole],
            Self::CheckPair => &[Kind::is_number, Kind::is_number],
            Self::Sequence | Self::Fillfactor | Self::RowFormat => &[],
        }
    }

    /// Whether no two rows may be the same in it.
    const fn is_unique(self) -> bool {
        matches!(self, Self::Deferrable | Self::NullsNotDistinct | Self::Exclusion)
    }
}

impl Extra {
    /// One that fits the table, if the dice find it.
    pub(super) fn draw(dice: &mut Dice, server: ServerKind, table: &Table, number: usize) -> Option<Self> {
        let known: Vec<_> = Sort::ALL.into_iter().filter(|sort| sort.is_known(server)).collect();
        let sort = *dice.pick(&known);
        let is_there = table.extras.iter().any(|extra| extra.sort == sort);
        if is_there {
            return None;
        }
        let mut columns: Vec<String> = Vec::new();
        for fits in sort.fits() {
            let fit: Vec<_> = table
                .columns
                .iter()
                .filter(|column| fits(&column.kind) && column.generated.is_none())
                .filter(|column| !columns.contains(&column.name) && !table.keys.contains_key(&column.name))
                // Two NULLs are the same to NULLS NOT DISTINCT, and late rows all are.
                .filter(|column| !sort.is_unique() || !column.late && !column.nullable)
                .collect();
            if fit.is_empty() {
                return None;
            }
            columns.push(dice.pick(&fit).name.clone());
        }
        Some(Self { sort, number, columns })
    }

    /// Whether the table still has what it stands on.
    pub(super) fn still_fits(&self, table: &Table) -> bool {
        self.columns.iter().zip(self.sort.fits()).all(|(name, fits)| {
            let column = table.columns.iter().find(|column| column.name == *name);
            column.is_some_and(|column| fits(&column.kind)) && !table.keys.contains_key(name)
        })
    }

    /// The entry of `#[table(...)]`; `field` gives the field of a column, `quoted` the column in SQL.
    pub(super) fn entry(&self, field: impl Fn(&str) -> String, quoted: impl Fn(&str) -> String) -> String {
        let number = self.number;
        let of = |at: usize| field(&self.columns[at]);
        let sql = |at: usize| quoted(&self.columns[at]);
        match self.sort {
            Sort::Including => {
                format!("index(columns({}), name = \"ix_{number}\", include({}))", of(0), of(1))
            }
            Sort::NullsLast => format!("index(columns({} desc nulls_last), name = \"ix_{number}\")", of(0)),
            Sort::PatternOps => {
                format!("index(columns({} ops = \"varchar_pattern_ops\"), name = \"ix_{number}\")", of(0))
            }
            Sort::Hash => format!("index(columns({}), name = \"ix_{number}\", using = \"hash\")", of(0)),
            Sort::Lower => {
                format!("index(columns({:?}), name = \"ix_{number}\")", format!("lower({})", sql(0)))
            }
            Sort::Prefix => format!("index(columns({}(9)), name = \"ix_{number}\")", of(0)),
            Sort::Deferrable => {
                format!("unique(columns({}), name = \"uq_{number}\", deferrable, initially_deferred)", of(0))
            }
            Sort::NullsNotDistinct => {
                format!("unique(columns({}), name = \"uq_{number}\", nulls_not_distinct)", of(0))
            }
            Sort::Exclusion => format!(
                "exclude(expr = {:?}, using = \"btree\", name = \"ex_{number}\")",
                format!("{} WITH =", sql(0))
            ),
            Sort::CheckText => {
                format!("check(name = \"ck_{number}\", expr = {:?})", format!("{} <> 'never'", sql(0)))
            }
            Sort::CheckPair => {
                format!("check(name = \"ck_{number}\", expr = {:?})", format!("{} + {} > -9", sql(0), sql(1)))
            }
            Sort::Sequence => format!("sequence(name = \"seq_{number}\", start = 5, increment = 3)"),
            Sort::Fillfactor => "postgres(with(fillfactor = 70))".to_owned(),
            Sort::RowFormat => "mysql(row_format = \"compact\")".to_owned(),
        }
    }
}

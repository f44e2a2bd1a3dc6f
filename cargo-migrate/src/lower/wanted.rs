use migrate_models::ColumnOptions;

use super::Lack;
use crate::models::{Enum, ModelType};

/// What a column holds, and what is said of its type.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each says something else")]
pub(super) struct Wanted<'m> {
    pub(super) ty: &'m ModelType,
    pub(super) length: Option<u32>,
    pub(super) precision: Option<u32>,
    pub(super) scale: Option<u32>,
    pub(super) unsigned: bool,
    pub(super) fixed: bool,
    /// It is part of a key or an index as a whole.
    pub(super) keyed: bool,
    /// The database numbers it.
    pub(super) identity: bool,
    /// SQLite: the table is STRICT.
    pub(super) strict: bool,
    pub(super) enums: &'m [Enum],
    /// The default schema.
    pub(super) home: Option<&'m str>,
}

impl<'m> Wanted<'m> {
    pub(super) fn new(ty: &'m ModelType, options: &ColumnOptions, enums: &'m [Enum]) -> Self {
        Self {
            ty,
            length: options.length.map(|length| length.value),
            precision: options.precision.map(|precision| precision.value),
            scale: options.scale.map(|scale| scale.value),
            unsigned: options.unsigned.is_some_and(|unsigned| unsigned.value),
            fixed: options.fixed.is_some_and(|fixed| fixed.value),
            keyed: false,
            identity: options.identity.is_some(),
            strict: false,
            enums,
            home: None,
        }
    }

    /// The same, of another type.
    pub(super) fn of(&self, ty: &'m ModelType) -> Self {
        Self { ty, ..*self }
    }

    /// `numeric(12,2)`; the name alone where no digits are said.
    pub(super) fn decimal(&self, name: &str) -> String {
        match (self.precision, self.scale) {
            (Some(precision), Some(scale)) => format!("{name}({precision},{scale})"),
            (Some(precision), None) => format!("{name}({precision})"),
            (None, _) => name.to_owned(),
        }
    }

    /// The same where an engine would leave out what is behind the point.
    pub(super) fn exact_decimal(&self, name: &str) -> Result<String, Lack> {
        if self.precision.is_none() {
            return Err(Lack::new(
                "does not say how many digits it has",
                "write `#[column(precision = 12, scale = 2)]`: without it the engine keeps whole numbers only",
            ));
        }
        Ok(self.decimal(name))
    }

    /// `time(3)`: digits of the fraction of a second, unless there are as many as the name alone means.
    pub(super) fn seconds(&self, name: &str, otherwise: u32, implied: u32) -> String {
        match self.precision.unwrap_or(otherwise) {
            digits if digits == implied => name.to_owned(),
            digits => format!("{name}({digits})"),
        }
    }

    /// How long texts or bytes are, if they are all of one length or that is a limit.
    pub(super) fn bytes_length(&self, known: Option<u64>) -> Option<u64> {
        self.length.map(u64::from).or(known)
    }

    /// The longest value of an enum, in characters; 32 at least, so that a new value seldom changes the type.
    pub(super) fn longest_value(&self, number: usize) -> u32 {
        let values = self.enums.get(number).map(|one| one.model.values.as_slice()).unwrap_or_default();
        let longest = values.iter().map(|value| value.name.chars().count()).max().unwrap_or(0);
        self.length.unwrap_or(0).max(u32::try_from(longest).unwrap_or(u32::MAX)).max(32)
    }
}

//! What is said of a type's size must be something that the type has: elsewhere it would be passed over without a word.

use migrate_core::{Code, Error};
use migrate_models::{ColumnModel, ColumnOptions};
use proc_macro2::Span;

use super::{ColumnType, ModelType, Models, Table};

/// Refuses sizes that the types of a table do not have.
pub(super) fn check(
    models: &Models,
    table: &Table,
    column: &ColumnModel<ColumnType>,
    errors: &mut Vec<Error>,
) {
    // A type that is told by name may have anything.
    for options in column.options.all().filter(|options| options.sql_type.is_none()) {
        for (size, span) in said(options) {
            if size.is_of(&column.ty.ty) {
                continue;
            }
            let (struct_name, field) = (&table.model.ident.value, &column.field.value);
            let message =
                format!("`{}` is for {}, which `{struct_name}.{field}` is not", size.word(), size.types());
            let place = models.place_in(table, span);
            errors.push(
                Error::new(Code::InvalidModel, message)
                    .with_place(place)
                    .with_help("take it away, or say the type itself: `type = \"...\"`"),
            );
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Size {
    Length,
    Precision,
    Scale,
    Unsigned,
    Fixed,
}

fn said(options: &ColumnOptions) -> impl Iterator<Item = (Size, Span)> {
    let numbers = [
        (Size::Length, options.length.as_ref()),
        (Size::Precision, options.precision.as_ref()),
        (Size::Scale, options.scale.as_ref()),
    ];
    let words = [(Size::Unsigned, options.unsigned.as_ref()), (Size::Fixed, options.fixed.as_ref())];
    let numbers = numbers.into_iter().filter_map(|(size, said)| Some((size, said?.span)));
    numbers.chain(words.into_iter().filter_map(|(size, said)| Some((size, said?.span))))
}

impl Size {
    const fn word(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Precision => "precision",
            Self::Scale => "scale",
            Self::Unsigned => "unsigned",
            Self::Fixed => "fixed",
        }
    }

    const fn types(self) -> &'static str {
        match self {
            Self::Length => "texts, bytes and enums",
            Self::Precision => "decimals and times",
            Self::Scale => "decimals",
            Self::Unsigned => "numbers",
            Self::Fixed => "texts and bytes",
        }
    }

    /// Whether a type has it.
    fn is_of(self, ty: &ModelType) -> bool {
        match ty {
            ModelType::Raw(_) | ModelType::Told => true,
            ModelType::Array(inner) => self.is_of(inner),
            ModelType::Text | ModelType::Character | ModelType::Bytes(_) => {
                matches!(self, Self::Length | Self::Fixed)
            }
            ModelType::Enum(_) => matches!(self, Self::Length),
            ModelType::Decimal => matches!(self, Self::Precision | Self::Scale | Self::Unsigned),
            ModelType::Time | ModelType::DateTime | ModelType::Timestamp | ModelType::Interval => {
                matches!(self, Self::Precision)
            }
            ModelType::Integer { .. } | ModelType::Float { .. } => matches!(self, Self::Unsigned),
            ModelType::Boolean
            | ModelType::Date
            | ModelType::Uuid
            | ModelType::Json
            | ModelType::Inet { .. }
            | ModelType::MacAddress
            | ModelType::Hstore => false,
        }
    }
}

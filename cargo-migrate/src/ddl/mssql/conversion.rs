//! What happens to the values of a column when its type changes. From the manual: "ALTER TABLE (Transact-SQL)", ALTER
//! COLUMN; the chart in "CAST and CONVERT (Transact-SQL)"; and the remarks on conversion on the page of each type.

/// A type, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Type<'a> {
    /// In lower case; a user's own type with its schema.
    base: String,
    /// What stands in parentheses.
    arguments: Vec<&'a str>,
}

/// How a column gets another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By ALTER COLUMN: the server converts by itself.
    Alter,
    /// Into another column, by CONVERT.
    Copy,
    /// Not at all: the values go.
    Replace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// char, varchar, nchar, nvarchar.
    Character,
    /// text, ntext.
    Text,
    /// binary, varbinary.
    Binary,
    Image,
    /// bit, tinyint, smallint, int, bigint.
    Integer,
    /// decimal, numeric.
    Decimal,
    Money,
    Float,
    /// datetime, smalldatetime.
    OldDateTime,
    Date,
    Time,
    /// datetime2, datetimeoffset.
    DateTime,
    Guid,
    Variant,
    Xml,
    RowVersion,
    /// hierarchyid, geometry, geography.
    Clr,
    /// An alias, or a type that came later: as its user says.
    Other,
}

impl<'a> Type<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        let (base, arguments) = match text.split_once('(') {
            Some((base, rest)) if !text.starts_with('[') => (base, rest.trim_end().trim_end_matches(')')),
            _ => (text, ""),
        };
        let base = base.trim().to_lowercase();
        let base = match base.as_str() {
            "timestamp" => "rowversion".to_owned(),
            "integer" => "int".to_owned(),
            _ => base,
        };
        let arguments = arguments.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        Self { base, arguments }
    }

    /// Whether it is the same type, whatever the length, the precision or the scale.
    pub(super) fn is_same_base(&self, other: &Self) -> bool {
        self.base == other.base
    }

    /// Whether the server writes the values of such a column.
    pub(super) fn is_row_version(&self) -> bool {
        self.family() == Family::RowVersion
    }

    /// Whether nothing but the length differs, of a type whose values have each their own.
    pub(super) fn is_another_length_of(&self, other: &Self) -> bool {
        self.is_same_base(other) && matches!(self.base.as_str(), "varchar" | "nvarchar" | "varbinary")
    }

    /// Whether each value of the other fits, and nothing but the length differs.
    pub(super) fn is_longer_than(&self, other: &Self) -> bool {
        self.is_another_length_of(other) && self.length() >= other.length()
    }

    /// How many characters or bytes, and how many there are without a word: the manual says 1. `max` is more than any.
    fn length(&self) -> u32 {
        match self.arguments.first() {
            Some(max) if max.eq_ignore_ascii_case("max") => u32::MAX,
            Some(length) => length.parse().unwrap_or(1),
            None => 1,
        }
    }

    fn number(&self, at: usize, otherwise: u32) -> u32 {
        self.arguments.get(at).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    }

    fn family(&self) -> Family {
        match self.base.as_str() {
            "char" | "varchar" | "nchar" | "nvarchar" | "sysname" => Family::Character,
            "text" | "ntext" => Family::Text,
            "binary" | "varbinary" => Family::Binary,
            "image" => Family::Image,
            "bit" | "tinyint" | "smallint" | "int" | "bigint" => Family::Integer,
            "decimal" | "numeric" => Family::Decimal,
            "money" | "smallmoney" => Family::Money,
            "float" | "real" => Family::Float,
            "datetime" | "smalldatetime" => Family::OldDateTime,
            "date" => Family::Date,
            "time" => Family::Time,
            "datetime2" | "datetimeoffset" => Family::DateTime,
            "uniqueidentifier" => Family::Guid,
            "sql_variant" => Family::Variant,
            "xml" => Family::Xml,
            "rowversion" => Family::RowVersion,
            "hierarchyid" | "geometry" | "geography" => Family::Clr,
            _ => Family::Other,
        }
    }

    /// The digits before the point that every value fits in, for the exact numbers.
    fn whole_digits(&self) -> Option<u32> {
        Some(match self.base.as_str() {
            "bit" => 1,
            "tinyint" => 3,
            "smallint" => 5,
            "int" => 10,
            "bigint" => 19,
            "smallmoney" => 6,
            "money" => 15,
            "decimal" | "numeric" => self.number(0, 18).saturating_sub(self.number(1, 0)),
            _ => return None,
        })
    }

    /// The digits behind the point.
    fn scale(&self) -> u32 {
        match self.family() {
            Family::Decimal => self.number(1, 0),
            Family::Money => 4,
            _ => 0,
        }
    }

    /// The digits of a second that are kept.
    fn fraction(&self) -> Option<u32> {
        match self.base.as_str() {
            "date" | "smalldatetime" => Some(0),
            "datetime" => Some(3),
            "time" | "datetime2" | "datetimeoffset" => Some(self.number(0, 7)),
            _ => None,
        }
    }
}

/// How the column gets from one type to the other. ALTER COLUMN needs an implicit conversion, and takes neither to nor
/// from `rowversion`; from `text`, `ntext` and `image` it leads to few types.
#[allow(clippy::match_same_arms)] // A line for a line of the chart.
pub(super) fn way(from: &Type<'_>, to: &Type<'_>) -> Way {
    use Family::{
        Binary, Character, Clr, Date, DateTime, Decimal, Float, Guid, Image, Integer, Money, OldDateTime,
        Other, RowVersion, Text, Time, Variant, Xml,
    };
    let is_max = to.length() == u32::MAX;
    match (from.family(), to.family()) {
        (_, RowVersion) => Way::Replace,
        (RowVersion, Binary | Integer | Decimal | Character) => Way::Copy,
        (RowVersion, _) => Way::Replace,

        (Text, Character) if is_max && matches!(to.base.as_str(), "varchar" | "nvarchar") => Way::Alter,
        (Text, Xml) => Way::Alter,
        (Text, Text) if from.is_same_base(to) => Way::Alter,
        (Text, Character | Text) => Way::Copy,
        (Text, Integer | Decimal | Money | Float | OldDateTime | Date | Time | DateTime | Guid) => {
            Way::Replace
        }
        (Image, Binary) if is_max => Way::Alter,
        (Image, Image) => Way::Alter,
        (Image, Binary) => Way::Copy,
        (Text | Image, _) => Way::Replace,

        (Other, _) | (_, Other) => Way::Alter,
        (Clr, Clr) if from.is_same_base(to) => Way::Alter,
        (Clr, Character | Binary) | (Character | Binary, Clr) => Way::Copy,
        (Clr, _) | (_, Clr) => Way::Replace,

        (Variant, Variant) => Way::Alter,
        (Variant, Text | Image | Xml) => Way::Replace,
        (Variant, _) => Way::Copy,
        (Xml, Xml) => Way::Alter,
        (Xml, Character | Binary) => Way::Copy,
        (Xml, _) => Way::Replace,

        (Character, Binary | Money) => Way::Copy,
        (Character, Image) => Way::Replace,
        (Character, _) => Way::Alter,

        (Binary, OldDateTime | Date | Time | DateTime) => Way::Copy,
        (Binary, Float | Text) => Way::Replace,
        (Binary, _) => Way::Alter,

        (Integer | Decimal | Float, Date | Time | DateTime | Guid | Text | Image | Xml) => Way::Replace,
        (Integer | Decimal | Float, _) => Way::Alter,
        (Money, Character) => Way::Copy,
        (Money, Date | Time | DateTime | Guid | Text | Image | Xml) => Way::Replace,
        (Money, _) => Way::Alter,

        (OldDateTime, Binary | Integer | Decimal | Money | Float) => Way::Copy,
        (Date | Time | DateTime, Binary) => Way::Copy,
        (Date, Time) | (Time, Date) => Way::Replace,
        (
            OldDateTime | Date | Time | DateTime,
            OldDateTime | Date | Time | DateTime | Character | Variant,
        ) => Way::Alter,
        (OldDateTime | Date | Time | DateTime, _) => Way::Replace,

        (Guid, Guid | Character | Binary | Variant) => Way::Alter,
        (Guid, _) => Way::Replace,
    }
}

/// What a reviewer should know about the values: that the change stops at one that does not fit, or loses a part of it.
pub(super) fn risk(from: &Type<'_>, to: &Type<'_>) -> Option<String> {
    let (before, after) = (from.family(), to.family());
    match (before, after) {
        (Family::Character | Family::Text, Family::Character) => {
            let is_unicode = |ty: &Type<'_>| ty.base.starts_with('n') || ty.base == "sysname";
            let shorter = to.length() < from.length() || before == Family::Text && to.length() < u32::MAX;
            match (shorter, is_unicode(from) && !is_unicode(to)) {
                (true, false) => Some(format!("fails where a value is longer than {}", to.length())),
                (false, true) => {
                    Some("characters outside the code page of the collation become `?`".to_owned())
                }
                (true, true) => Some(format!(
                    "fails where a value is longer than {}; characters outside the code page of the collation become `?`",
                    to.length()
                )),
                (false, false) => None,
            }
        }
        (Family::Binary | Family::Image, Family::Binary) if to.length() < from.length() => {
            Some(format!("fails where a value is longer than {} bytes", to.length()))
        }
        (
            Family::Integer | Family::Decimal | Family::Money,
            Family::Integer | Family::Decimal | Family::Money,
        ) => {
            if to.base == "bit" && from.base != "bit" {
                return Some("every number but 0 becomes 1".to_owned());
            }
            let does_not_fit = to.whole_digits() < from.whole_digits();
            match (does_not_fit, to.scale() < from.scale()) {
                (true, _) => Some("fails where a number does not fit".to_owned()),
                (false, true) => Some("digits behind the point are lost".to_owned()),
                (false, false) => None,
            }
        }
        (Family::Float, Family::Integer | Family::Decimal | Family::Money) => {
            Some("fails where a number does not fit; digits behind the point are lost".to_owned())
        }
        (Family::Integer | Family::Decimal | Family::Money, Family::Float) => {
            Some("digits beyond the precision are lost".to_owned())
        }
        (Family::Float, Family::Float) if to.base == "real" && from.base != "real" => {
            Some("fails where a number does not fit; digits beyond the precision are lost".to_owned())
        }
        (
            Family::OldDateTime | Family::Date | Family::Time | Family::DateTime,
            Family::OldDateTime | Family::Date | Family::Time | Family::DateTime,
        ) => {
            let loses = match (before, after) {
                (Family::Date, _) => None,
                (_, Family::Date) => Some("the time of day is lost"),
                (Family::OldDateTime | Family::DateTime, Family::Time) => Some("the date is lost"),
                _ if from.base == "datetimeoffset" && to.base != "datetimeoffset" => {
                    Some("the offset is lost")
                }
                _ if to.fraction() < from.fraction() => Some("fractions of a second are rounded"),
                _ => None,
            };
            loses.map(ToOwned::to_owned)
        }
        (Family::Character | Family::Text | Family::Variant | Family::Binary | Family::Xml, _)
            if before != after =>
        {
            match after {
                Family::Variant | Family::Other => None,
                _ => Some("fails where a value does not convert".to_owned()),
            }
        }
        (
            Family::Integer
            | Family::Decimal
            | Family::Money
            | Family::Float
            | Family::OldDateTime
            | Family::Date
            | Family::Time
            | Family::DateTime
            | Family::Guid,
            Family::Character | Family::Binary,
        ) => (to.length() < 40)
            .then(|| format!("fails where a value needs more than {} characters", to.length())),
        (Family::Integer | Family::Decimal | Family::Money | Family::Float, Family::OldDateTime) => {
            Some("numbers become days since 1900-01-01".to_owned())
        }
        (Family::OldDateTime, Family::Integer | Family::Decimal | Family::Money | Family::Float) => {
            Some("dates become days since 1900-01-01".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way_of(from: &str, to: &str) -> Way {
        way(&Type::parse(from), &Type::parse(to))
    }

    fn risk_of(from: &str, to: &str) -> String {
        risk(&Type::parse(from), &Type::parse(to)).unwrap_or_default()
    }

    #[test]
    fn what_converts_by_itself_is_altered() {
        for (from, to) in [
            ("int", "bigint"),
            ("nvarchar(10)", "nvarchar(max)"),
            ("nvarchar(max)", "int"),
            ("datetime", "datetime2"),
            ("uniqueidentifier", "char(36)"),
            ("text", "varchar(max)"),
            ("image", "varbinary(max)"),
            ("decimal(10,2)", "money"),
            ("varbinary(16)", "uniqueidentifier"),
            ("dbo.email", "nvarchar(100)"),
            ("int", "datetime"),
        ] {
            assert_eq!(way_of(from, to), Way::Alter, "{from} -> {to}");
        }
    }

    #[test]
    fn what_converts_only_on_demand_is_copied() {
        for (from, to) in [
            ("nvarchar(10)", "varbinary(20)"),
            ("xml", "nvarchar(max)"),
            ("sql_variant", "int"),
            ("datetime", "int"),
            ("text", "varchar(10)"),
            ("rowversion", "binary(8)"),
            ("money", "varchar(20)"),
            ("hierarchyid", "nvarchar(4000)"),
        ] {
            assert_eq!(way_of(from, to), Way::Copy, "{from} -> {to}");
        }
    }

    #[test]
    fn what_does_not_convert_is_replaced() {
        for (from, to) in [
            ("int", "uniqueidentifier"),
            ("binary(8)", "rowversion"),
            ("date", "time"),
            ("float", "date"),
            ("datetime2", "int"),
            ("geography", "int"),
            ("image", "int"),
        ] {
            assert_eq!(way_of(from, to), Way::Replace, "{from} -> {to}");
        }
    }

    #[test]
    fn a_narrower_type_is_a_risk_and_a_wider_one_is_not() {
        for (from, to) in [
            ("int", "bigint"),
            ("varchar(10)", "nvarchar(10)"),
            ("varchar(10)", "varchar(max)"),
            ("decimal(10,2)", "decimal(12,2)"),
            ("date", "datetime2"),
            ("datetime", "datetime2(3)"),
            ("int", "nvarchar(50)"),
            ("int", "decimal(10)"),
        ] {
            assert_eq!(risk_of(from, to), "", "{from} -> {to}");
        }
        for (from, to, words) in [
            ("bigint", "int", "fails where a number does not fit"),
            ("nvarchar(max)", "nvarchar(20)", "fails where a value is longer than 20"),
            ("nvarchar(20)", "varchar(20)", "become `?`"),
            ("decimal(10,4)", "decimal(10,2)", "digits behind the point are lost"),
            ("decimal(10,2)", "int", "digits behind the point are lost"),
            ("decimal(18,2)", "int", "fails where a number does not fit"),
            ("float", "int", "fails where a number does not fit"),
            ("datetime2", "date", "the time of day is lost"),
            ("datetime2", "datetime2(3)", "fractions of a second are rounded"),
            ("datetimeoffset", "datetime2", "the offset is lost"),
            ("nvarchar(50)", "int", "fails where a value does not convert"),
            ("bigint", "char(5)", "fails where a value needs more than 5 characters"),
            ("varbinary(8)", "varbinary(4)", "fails where a value is longer than 4 bytes"),
            ("int", "bit", "every number but 0 becomes 1"),
        ] {
            assert!(risk_of(from, to).contains(words), "{from} -> {to}: {}", risk_of(from, to));
        }
    }

    #[test]
    fn only_the_length_of_variable_types_can_grow() {
        let longer = |to: &str, from: &str| Type::parse(to).is_longer_than(&Type::parse(from));
        assert!(longer("nvarchar(20)", "nvarchar(10)") && longer("varbinary(max)", "varbinary(8000)"));
        assert!(!longer("nvarchar(10)", "nvarchar(20)") && !longer("char(20)", "char(10)"));
        assert!(!longer("nvarchar(20)", "varchar(10)"));
    }
}

//! What a change of type asks for.

use super::name::name;

/// What a type is, for the question which casts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    SmallInt,
    Integer,
    BigInt,
    Numeric,
    Real,
    Double,
    Boolean,
    Text,
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    Interval,
    Json,
    Jsonb,
    Bit,
    /// Anything else: uuid, bytea, what a user or an extension has made.
    Other,
}

/// How a column's values get into their new type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conversion {
    /// The expression behind USING; none where the server converts by itself.
    pub(super) using: Option<String>,
    /// What a human must know.
    pub(super) review: Option<String>,
}

/// A type taken apart: `varchar(20)[]` is the base `varchar`, the numbers 20, one dimension or more.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    base: String,
    numbers: Vec<i64>,
    is_array: bool,
}

fn parts(ty: &str) -> Parts {
    let ty = ty.trim();
    let element = ty.trim_end_matches("[]");
    let is_array = element.len() < ty.len();
    if element.contains('"') {
        return Parts { base: element.to_owned(), numbers: Vec::new(), is_array };
    }
    let (base, numbers) = match (element.find('('), element.rfind(')')) {
        (Some(open), Some(close)) if open < close => {
            let inside = element[open + 1..close].split(',').filter_map(|number| number.trim().parse().ok());
            (format!("{}{}", &element[..open], &element[close + 1..]), inside.collect())
        }
        _ => (element.to_owned(), Vec::new()),
    };
    let base = match base.to_lowercase().as_str() {
        "int2" => "smallint".to_owned(),
        "int" | "int4" => "integer".to_owned(),
        "int8" => "bigint".to_owned(),
        "decimal" => "numeric".to_owned(),
        "float4" => "real".to_owned(),
        "float8" | "float" => "double precision".to_owned(),
        "bool" => "boolean".to_owned(),
        "character varying" => "varchar".to_owned(),
        "character" => "char".to_owned(),
        "timestamp with time zone" => "timestamptz".to_owned(),
        "timestamp without time zone" => "timestamp".to_owned(),
        "time with time zone" => "timetz".to_owned(),
        "time without time zone" => "time".to_owned(),
        "bit varying" => "varbit".to_owned(),
        other if other.starts_with("interval") => "interval".to_owned(),
        _ => base,
    };
    Parts { base, numbers, is_array }
}

fn kind(base: &str) -> Kind {
    match base {
        "smallint" => Kind::SmallInt,
        "integer" => Kind::Integer,
        "bigint" => Kind::BigInt,
        "numeric" => Kind::Numeric,
        "real" => Kind::Real,
        "double precision" => Kind::Double,
        "boolean" => Kind::Boolean,
        "text" | "varchar" | "char" | "bpchar" | "citext" => Kind::Text,
        "date" => Kind::Date,
        "time" => Kind::Time,
        "timetz" => Kind::TimeTz,
        "timestamp" => Kind::Timestamp,
        "timestamptz" => Kind::TimestampTz,
        "interval" => Kind::Interval,
        "json" => Kind::Json,
        "jsonb" => Kind::Jsonb,
        "bit" | "varbit" => Kind::Bit,
        _ => Kind::Other,
    }
}

/// The integer type that a column of `serial` or an identity has, as the server names it; none for another type.
pub(super) fn integer(ty: &str) -> Option<&'static str> {
    let parts = parts(ty);
    match kind(&parts.base) {
        Kind::SmallInt if !parts.is_array => Some("smallint"),
        Kind::Integer if !parts.is_array => Some("integer"),
        Kind::BigInt if !parts.is_array => Some("bigint"),
        _ => None,
    }
}

/// Whether a default of the old type holds in the new one as it is written: only a length or a precision differs.
pub(super) fn is_same_kind(before: &str, after: &str) -> bool {
    let (before, after) = (parts(before), parts(after));
    before.base == after.base && before.is_array == after.is_array
}

/// How the values of a column get from one type into another.
pub(super) fn conversion(column: &str, before: &str, after: &str) -> Conversion {
    let (from, to) = (parts(before), parts(after));
    let quoted = name(column);
    let element = after.trim().trim_end_matches("[]");
    let (using, review) = match (from.is_array, to.is_array) {
        (false, false) => scalar(column, &quoted, &from, &to, element),
        (true, true) => array(column, &quoted, &from, &to, element),
        (false, true) => {
            let value = cast(column, &quoted, &from, &to, element);
            (
                Some(format!("CASE WHEN {quoted} IS NOT NULL THEN ARRAY[{value}] END")),
                Some(format!("each value of {column} becomes an array of one element")),
            )
        }
        // An array reads as text by itself.
        (true, false) if kind(&to.base) == Kind::Text => {
            (None, limit(&to).map(|_| too_long(column, element, Kind::Text)))
        }
        (true, false) => (
            Some(cast(column, &format!("{quoted}[1]"), &from, &to, element)),
            Some(format!("of each array in {column} only the first element is kept")),
        ),
    };
    Conversion { using, review }
}

/// An expression for one value, with its cast said outright.
fn cast(column: &str, value: &str, from: &Parts, to: &Parts, target: &str) -> String {
    let (using, _) = scalar(column, value, from, to, target);
    match using {
        Some(using) if using.ends_with(target) => using,
        Some(using) => format!("({using})::{target}"),
        None => format!("{value}::{target}"),
    }
}

fn array(
    column: &str,
    value: &str,
    from: &Parts,
    to: &Parts,
    target: &str,
) -> (Option<String>, Option<String>) {
    match scalar(column, value, from, to, target) {
        (None, review) => (None, review),
        (Some(_), review) => {
            let through = if kind(&from.base) == Kind::Text { "" } else { "::text[]" };
            (Some(format!("{value}{through}::{target}[]")), review)
        }
    }
}

/// The expression behind USING for one value, and what a human must know.
fn scalar(
    column: &str,
    value: &str,
    from: &Parts,
    to: &Parts,
    target: &str,
) -> (Option<String>, Option<String>) {
    let (old, new) = (kind(&from.base), kind(&to.base));
    let by_itself = |review: Option<String>| (None, review);
    let using = |using: String, review: String| (Some(using), Some(review));
    let fails = || format!("fails if a value of {column} cannot be read as {target}");
    if from.base == to.base {
        return by_itself(narrows(from, to).then(|| too_long(column, target, new)));
    }
    match (old, new) {
        (_, Kind::Text) => {
            // What is not text has a length of its own, which the new type may not reach.
            let is_limited = limit(to).is_some() && (old != Kind::Text || narrows(from, to));
            by_itself(is_limited.then(|| too_long(column, target, new)))
        }
        (Kind::SmallInt, Kind::Integer | Kind::BigInt | Kind::Numeric | Kind::Real | Kind::Double)
        | (Kind::Integer, Kind::BigInt | Kind::Numeric | Kind::Double)
        | (Kind::BigInt, Kind::Numeric)
        | (Kind::Real, Kind::Double)
        | (Kind::Date, Kind::Timestamp)
        | (Kind::Time, Kind::Interval)
        | (Kind::Json, Kind::Jsonb)
        | (Kind::Jsonb, Kind::Json) => {
            let is_limited = new == Kind::Numeric && !to.numbers.is_empty();
            by_itself(is_limited.then(|| too_long(column, target, new)))
        }
        (Kind::Bit, Kind::Bit) => by_itself(limit(to).map(|_| fails())),
        (old, new) if is_number(old) && is_number(new) => by_itself(Some(match (old, new) {
            (Kind::Numeric | Kind::Real | Kind::Double, Kind::SmallInt | Kind::Integer | Kind::BigInt) => {
                format!("the values of {column} are rounded; fails if one is out of the range of {target}")
            }
            (_, Kind::Real | Kind::Double) => format!("the values of {column} may lose digits"),
            _ => format!("fails if a value of {column} is out of the range of {target}"),
        })),
        (Kind::Timestamp, Kind::TimestampTz) => using(
            format!("{value} AT TIME ZONE 'UTC'"),
            format!("the values of {column} are taken for UTC: name the time zone that they are in"),
        ),
        (Kind::TimestampTz, Kind::Timestamp) => using(
            format!("{value} AT TIME ZONE 'UTC'"),
            format!("the values of {column} are written in UTC: name the time zone that they shall be in"),
        ),
        (Kind::Timestamp | Kind::TimestampTz, Kind::Date) => {
            by_itself(Some(format!("the time of day in {column} is lost")))
        }
        (Kind::Timestamp | Kind::TimestampTz, Kind::Time) | (Kind::TimestampTz, Kind::TimeTz) => {
            by_itself(Some(format!("the date in {column} is lost")))
        }
        (Kind::Date, Kind::TimestampTz) | (Kind::Time, Kind::TimeTz) => {
            by_itself(Some(format!("the session's time zone decides what the values of {column} become")))
        }
        (Kind::TimeTz, Kind::Time) => by_itself(Some(format!("the time zone in {column} is lost"))),
        (Kind::SmallInt | Kind::Integer | Kind::BigInt, Kind::TimestampTz) => using(
            format!("to_timestamp({value})"),
            format!("the values of {column} are taken for seconds since 1970"),
        ),
        (old, Kind::Boolean) if is_number(old) => {
            using(format!("{value} <> 0"), format!("what is not 0 in {column} becomes true"))
        }
        (Kind::Boolean, Kind::Integer) => {
            using(format!("{value}::{target}"), format!("true in {column} becomes 1, false 0"))
        }
        (Kind::Boolean, new) if is_number(new) => {
            using(format!("{value}::integer::{target}"), format!("true in {column} becomes 1, false 0"))
        }
        (Kind::Text, _) => using(format!("{value}::{target}"), fails()),
        // What has no cast goes by what it looks like as text.
        (_, _) => using(format!("{value}::text::{target}"), fails()),
    }
}

fn is_number(kind: Kind) -> bool {
    matches!(kind, Kind::SmallInt | Kind::Integer | Kind::BigInt | Kind::Numeric | Kind::Real | Kind::Double)
}

fn too_long(column: &str, target: &str, new: Kind) -> String {
    match new {
        Kind::Text | Kind::Bit => format!("fails if a value of {column} is longer than {target} allows"),
        Kind::Numeric => {
            format!("fails if a value of {column} does not fit into {target}; surplus decimals are rounded")
        }
        _ => format!("the values of {column} are rounded to {target}"),
    }
}

/// The length that a type of strings or bits allows; `char` by itself allows one.
fn limit(ty: &Parts) -> Option<i64> {
    match ty.base.as_str() {
        "char" | "bit" => Some(ty.numbers.first().copied().unwrap_or(1)),
        _ => ty.numbers.first().copied(),
    }
}

/// Whether there are values of the one type that the other does not hold; both are of one kind.
fn narrows(from: &Parts, to: &Parts) -> bool {
    match kind(&to.base) {
        Kind::Numeric => match (from.numbers.as_slice(), to.numbers.as_slice()) {
            (_, []) => false,
            ([], _) => true,
            ([old, old_scale @ ..], [new, new_scale @ ..]) => {
                let (old_scale, new_scale) =
                    (old_scale.first().unwrap_or(&0), new_scale.first().unwrap_or(&0));
                new_scale < old_scale || new - new_scale < old - old_scale
            }
        },
        // A bit string has exactly that length.
        Kind::Bit if to.base == "bit" => limit(from) != limit(to),
        _ => match (limit(from), limit(to)) {
            (_, None) => false,
            (None, Some(new)) => {
                !matches!(
                    kind(&to.base),
                    Kind::Time | Kind::TimeTz | Kind::Timestamp | Kind::TimestampTz | Kind::Interval
                ) || new < 6
            }
            (Some(old), Some(new)) => new < old,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn using(before: &str, after: &str) -> Option<String> {
        conversion("c", before, after).using
    }

    fn review(before: &str, after: &str) -> bool {
        conversion("c", before, after).review.is_some()
    }

    #[test]
    fn what_the_server_converts_needs_no_using() {
        for (before, after, reviewed) in [
            ("integer", "bigint", false),
            ("bigint", "integer", true),
            ("varchar(20)", "varchar(50)", false),
            ("varchar(50)", "varchar(20)", true),
            ("varchar(20)", "text", false),
            ("text", "varchar(20)", true),
            ("text", "varchar", false),
            ("integer", "text", false),
            ("uuid", "varchar(36)", true),
            ("numeric(8,2)", "numeric(10,2)", false),
            ("numeric(8,2)", "numeric(8,4)", true),
            ("numeric(8,2)", "numeric", false),
            ("integer", "numeric(5,0)", true),
            ("numeric(8,2)", "integer", true),
            ("timestamp(6)", "timestamp(3)", true),
            ("timestamp", "timestamp(3)", true),
            ("timestamp(3)", "timestamp", false),
            ("timestamp", "date", true),
            ("json", "jsonb", false),
            ("integer[]", "bigint[]", false),
            ("varchar(5)[]", "text[]", false),
            ("state", "text", false),
            ("double precision", "real", true),
        ] {
            assert_eq!(using(before, after), None, "{before} {after}");
            assert_eq!(review(before, after), reviewed, "{before} {after}");
        }
    }

    #[test]
    fn what_it_does_not_convert_gets_a_proposal_and_a_word_to_the_reviewer() {
        for (before, after, wanted) in [
            ("text", "integer", "c::integer"),
            ("varchar(20)", "state", "c::state"),
            ("text", "uuid", "c::uuid"),
            ("old.state", "state", "c::text::state"),
            ("integer", "boolean", "c <> 0"),
            ("boolean", "integer", "c::integer"),
            ("boolean", "bigint", "c::integer::bigint"),
            ("timestamp", "timestamptz", "c AT TIME ZONE 'UTC'"),
            ("bigint", "timestamptz", "to_timestamp(c)"),
            ("integer", "uuid", "c::text::uuid"),
            ("text", "text[]", "CASE WHEN c IS NOT NULL THEN ARRAY[c::text] END"),
            ("integer[]", "integer", "c[1]::integer"),
            ("integer", "state[]", "CASE WHEN c IS NOT NULL THEN ARRAY[c::text::state] END"),
            ("integer[]", "boolean", "(c[1] <> 0)::boolean"),
            ("text[]", "integer[]", "c::integer[]"),
            ("state[]", "integer[]", "c::text[]::integer[]"),
        ] {
            assert_eq!(using(before, after).as_deref(), Some(wanted), "{before} {after}");
            assert!(review(before, after), "{before} {after}");
        }
    }

    #[test]
    fn the_types_of_serials_are_known_by_any_name() {
        assert_eq!(integer("int4"), Some("integer"));
        assert_eq!(integer("bigint"), Some("bigint"));
        assert_eq!(integer("integer[]"), None);
        assert_eq!(integer("numeric"), None);
    }
}

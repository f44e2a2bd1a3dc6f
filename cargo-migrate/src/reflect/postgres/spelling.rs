//! Types in the spelling that people use.

/// The short name of a type that `format_type` has written: `varchar(20)[]` for `character varying(20)[]`.
///
/// A user's own type that is called like one of these comes in quotes or with its schema, and stays.
pub(super) fn short_type(formatted: &str) -> String {
    let split = formatted.find('[').unwrap_or(formatted.len());
    let (base, array) = formatted.split_at(split);
    for (long, short) in PLAIN {
        if let Some(length) = base.strip_prefix(long)
            && (length.is_empty() || length.starts_with('('))
        {
            return format!("{short}{length}{array}");
        }
    }
    for (word, short) in [("timestamp", "timestamp"), ("time", "time")] {
        for (suffix, zone) in [(" without time zone", ""), (" with time zone", "tz")] {
            if let Some(precision) = base.strip_prefix(word).and_then(|rest| rest.strip_suffix(suffix))
                && (precision.is_empty() || precision.starts_with('('))
            {
                return format!("{short}{zone}{precision}{array}");
            }
        }
    }
    formatted.to_owned()
}

const PLAIN: &[(&str, &str)] =
    &[("character varying", "varchar"), ("character", "char"), ("bit varying", "varbit"), ("\"bit\"", "bit")];

/// The type without its length or precision: `varchar` for `varchar(20)`, `numeric[]` for `numeric(8,2)[]`.
pub(super) fn without_length(ty: &str) -> String {
    match (ty.find('('), ty.find(')')) {
        (Some(open), Some(close)) if open < close && !ty.contains('"') => {
            format!("{}{}", &ty[..open], &ty[close + 1..])
        }
        _ => ty.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_their_short_names() {
        for (long, short) in [
            ("character varying", "varchar"),
            ("character varying(20)[]", "varchar(20)[]"),
            ("character(1)", "char(1)"),
            ("bpchar", "bpchar"),
            ("\"char\"", "\"char\""),
            ("bit varying(8)", "varbit(8)"),
            ("bit(3)", "bit(3)"),
            ("timestamp without time zone", "timestamp"),
            ("timestamp(3) with time zone[]", "timestamptz(3)[]"),
            ("time(0) with time zone", "timetz(0)"),
            ("time without time zone", "time"),
            ("interval day to second(3)", "interval day to second(3)"),
            ("double precision[]", "double precision[]"),
            ("other.\"character varying\"", "other.\"character varying\""),
            ("\"timestamp without time zone\"", "\"timestamp without time zone\""),
            ("characters", "characters"),
        ] {
            assert_eq!(short_type(long), short);
        }
        assert_eq!(without_length("timestamptz(3)[]"), "timestamptz[]");
        assert_eq!(without_length("\"a(1)\""), "\"a(1)\"");
    }
}

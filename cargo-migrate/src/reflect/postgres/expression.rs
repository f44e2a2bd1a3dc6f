//! Expressions as the catalogue shows them, made readable.

use super::spelling::{short_type, without_length};
use crate::ddl::postgres::text;

/// In one line, without the parentheses around it.
pub(super) fn readable(shown: &str) -> String {
    text::without_parentheses(&text::with_text_strings(&text::in_one_line(shown))).to_owned()
}

/// A default. The cast that the server writes behind a literal is left out where the column's type says the same; a
/// NULL is no default. `base` is the type below a domain.
pub(super) fn default(shown: &str, ty: &str, base: Option<&str>) -> Option<String> {
    let shown = readable(shown);
    if let Some(sequence) = shown.strip_prefix("nextval(").and_then(|rest| rest.strip_suffix("::regclass)"))
        && text::cast_literal(&format!("{sequence}::regclass")).is_some()
    {
        return Some(format!("nextval({sequence})"));
    }
    let Some((literal, cast)) = text::cast_literal(&shown) else { return Some(shown) };
    if literal.eq_ignore_ascii_case("null") {
        // A domain may have a default of its own, which this one hides.
        return base.is_some().then_some(shown);
    }
    if !literal.starts_with('\'') {
        return Some(shown);
    }
    let (ty, cast) = (base.unwrap_or(ty), short_type(cast));
    let (kind, cast_kind) = (without_length(ty), without_length(&cast));
    if is_number(&kind) {
        let plain = literal.trim_matches('\'');
        // A number that is written plainly is an integer or a numeric.
        let is_same =
            kind == cast_kind || matches!(&*cast_kind, "smallint" | "integer" | "bigint" | "numeric");
        return Some(if is_same && is_plain_number(plain) { plain.to_owned() } else { shown });
    }
    let is_text = |kind: &str| matches!(kind, "text" | "varchar");
    let is_same = cast == ty
        || cast == cast_kind
            && (cast_kind == kind
                || is_text(&kind) && is_text(&cast_kind)
                || cast_kind == "bpchar" && kind == "char");
    Some(if is_same { literal.to_owned() } else { shown })
}

fn is_number(kind: &str) -> bool {
    matches!(kind, "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision")
}

fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cast_that_the_column_says_already_is_left_out() {
        for (shown, ty, read) in [
            ("'active'::character varying", "varchar(20)", "'active'"),
            ("'active'::character varying", "text", "'active'"),
            ("'N'::bpchar", "char(1)", "'N'"),
            ("'a'::st", "st", "'a'"),
            ("'it''s'::text", "text", "'it''s'"),
            ("'{}'::integer[]", "integer[]", "'{}'"),
            ("'{}'::character varying[]", "varchar(10)[]", "'{}'"),
            ("'2020-01-01 00:00:00'::timestamp without time zone", "timestamp(3)", "'2020-01-01 00:00:00'"),
            ("'1 day'::interval day to second(3)", "interval day to second(3)", "'1 day'"),
            ("'101'::\"bit\"", "bit(3)", "'101'"),
            ("'-1'::integer", "integer", "-1"),
            ("'-1'::integer", "numeric(10,2)", "-1"),
            ("'-1.5'::numeric", "real", "-1.5"),
            ("'0'::bigint", "bigint", "0"),
            ("nextval('s'::regclass)", "integer", "nextval('s')"),
            ("(now() AT TIME ZONE 'utc'::text)", "timestamp", "now() AT TIME ZONE 'utc'::text"),
        ] {
            assert_eq!(default(shown, ty, None).as_deref(), Some(read), "{shown}");
        }
    }

    #[test]
    fn a_cast_that_changes_something_stays() {
        for (shown, ty) in [
            ("'now'::text", "date"),
            ("'1.1'::real", "double precision"),
            ("'NaN'::numeric", "numeric"),
            ("'a'::text || 'b'::text", "text"),
            ("ARRAY[]::text[]", "text[]"),
            ("'a  '::character(3)", "text"),
            ("1 + nextval('s'::regclass)", "bigint"),
        ] {
            assert_eq!(default(shown, ty, None).as_deref(), Some(shown));
        }
    }

    #[test]
    fn null_is_no_default_but_on_a_domain() {
        assert_eq!(default("NULL::character varying", "varchar(10)", None), None);
        assert_eq!(default("NULL::mood", "mood", Some("text")).as_deref(), Some("NULL::mood"));
        assert_eq!(default("'x'::text", "mood", Some("text")).as_deref(), Some("'x'"));
    }
}

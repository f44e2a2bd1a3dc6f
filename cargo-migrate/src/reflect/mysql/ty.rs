//! Types in their short spelling.

/// The type without what says nothing: display widths of integers (but `tinyint(1)`, which is a boolean, and those that
/// `zerofill` pads to), the 4 of `year(4)`, versioned comments.
pub(super) fn spelled(column_type: &str) -> String {
    let ty = match column_type.split_once(" /*") {
        // varchar(100) /*M!100301 COMPRESSED*/
        Some((ty, hint)) if hint.to_ascii_lowercase().contains("compressed") => format!("{ty} compressed"),
        Some((ty, _)) => ty.to_owned(),
        None => column_type.to_owned(),
    };
    let Some((word, rest)) = ty.split_once('(') else { return ty };
    let Some((width, attributes)) = rest.split_once(')') else { return ty };
    let is_noise = match word {
        "tinyint" => !(width == "1" && attributes.is_empty()),
        "smallint" | "mediumint" | "int" | "bigint" => true,
        "year" => true,
        _ => false,
    };
    if is_noise && !attributes.contains("zerofill") { format!("{word}{attributes}") } else { ty }
}

/// Whether the type's values have a charset.
pub(super) fn is_bytes(ty: &str) -> bool {
    ty.starts_with("binary") || ty.starts_with("varbinary")
}

/// Whether a default of this type is a number, which stands without quotes.
pub(super) fn is_number(ty: &str) -> bool {
    let word = ty.split(['(', ' ']).next().unwrap_or(ty);
    matches!(
        word,
        "tinyint"
            | "smallint"
            | "mediumint"
            | "int"
            | "bigint"
            | "decimal"
            | "float"
            | "double"
            | "year"
            | "bit"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_that_mean_nothing_go() {
        for (printed, short) in [
            ("int(11)", "int"),
            ("bigint(20) unsigned", "bigint unsigned"),
            ("tinyint(4)", "tinyint"),
            ("tinyint(1)", "tinyint(1)"),
            ("tinyint(1) unsigned", "tinyint unsigned"),
            ("int(5) unsigned zerofill", "int(5) unsigned zerofill"),
            ("year(4)", "year"),
            ("decimal(10,2)", "decimal(10,2)"),
            ("varchar(100) /*M!100301 COMPRESSED*/", "varchar(100) compressed"),
            ("enum('a(1)','int(11)')", "enum('a(1)','int(11)')"),
            ("geometry", "geometry"),
        ] {
            assert_eq!(spelled(printed), short);
        }
    }
}

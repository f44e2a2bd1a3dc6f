/// Whether a word cannot be a name without quotes: what the server lists in `pg_get_keywords()` as reserved, for any use
/// or except as a function or type (14 to 18).
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.binary_search(&word).is_ok()
}

/// Whether the server quotes the word where it prints a name, although it can be one without: the words that cannot be the
/// name of a function or a type (all of 14 to 18; the names of JSON functions came later, and are no keywords before).
pub(super) fn is_printed_in_quotes(word: &str) -> bool {
    is_reserved(word) || COLUMN_NAMES.binary_search(&word).is_ok()
}

#[rustfmt::skip]
const COLUMN_NAMES: &[&str] = &[
    "between", "bigint", "bit", "boolean", "char", "character", "coalesce", "dec", "decimal", "exists", "extract",
    "float", "greatest", "grouping", "inout", "int", "integer", "interval", "least", "national", "nchar", "none",
    "normalize", "nullif", "numeric", "out", "overlay", "position", "precision", "real", "row", "setof", "smallint",
    "substring", "time", "timestamp", "treat", "trim", "values", "varchar", "xmlattributes", "xmlconcat", "xmlelement",
    "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable",
];

#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "binary", "both",
    "case", "cast", "check", "collate", "collation", "column", "concurrently", "constraint", "create", "cross",
    "current_catalog", "current_date", "current_role", "current_schema", "current_time", "current_timestamp",
    "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "false", "fetch", "for",
    "foreign", "freeze", "from", "full", "grant", "group", "having", "ilike", "in", "initially", "inner", "intersect",
    "into", "is", "isnull", "join", "lateral", "leading", "left", "like", "limit", "localtime", "localtimestamp",
    "natural", "not", "notnull", "null", "offset", "on", "only", "or", "order", "outer", "overlaps", "placing",
    "primary", "references", "returning", "right", "select", "session_user", "similar", "some", "symmetric",
    "system_user", "table", "tablesample", "then", "to", "trailing", "true", "union", "unique", "user", "using",
    "variadic", "verbose", "when", "where", "window", "with",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_searched() {
        assert!(RESERVED.is_sorted() && COLUMN_NAMES.is_sorted());
        assert!(
            is_printed_in_quotes("position") && is_printed_in_quotes("left") && !is_printed_in_quotes("name")
        );
        assert!(is_reserved("user") && is_reserved("left") && is_reserved("all") && is_reserved("with"));
        assert!(!is_reserved("name") && !is_reserved("position") && !is_reserved("values"));
    }
}

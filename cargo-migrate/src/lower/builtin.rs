//! Types that PostgreSQL has itself.

/// Whether a type of this name, written without a schema, is the server's own: `pg_catalog` comes first in every search
/// path, and some words are types to the grammar alone (`decimal`, `int`). Versions 14 to 18.
pub(super) fn is_builtin(name: &str) -> bool {
    let element = name.strip_prefix('_').unwrap_or(name);
    element.starts_with("pg_") || BUILTIN.binary_search(&element).is_ok()
}

#[rustfmt::skip]
const BUILTIN: &[&str] = &[
    "aclitem", "any", "anyarray", "anycompatible", "anycompatiblearray", "anycompatiblemultirange",
    "anycompatiblenonarray", "anycompatiblerange", "anyelement", "anyenum", "anymultirange", "anynonarray", "anyrange",
    "bigint", "bit", "bool", "boolean", "box", "bpchar", "bytea", "char", "character", "cid", "cidr", "circle",
    "cstring", "date", "datemultirange", "daterange", "dec", "decimal", "double", "event_trigger", "fdw_handler",
    "float", "float4", "float8", "gtsvector", "index_am_handler", "inet", "int", "int2", "int2vector", "int4",
    "int4multirange", "int4range", "int8", "int8multirange", "int8range", "integer", "internal", "interval", "json",
    "jsonb", "jsonpath", "language_handler", "line", "lseg", "macaddr", "macaddr8", "money", "name", "national",
    "nchar", "numeric", "nummultirange", "numrange", "oid", "oidvector", "path", "point", "polygon", "precision",
    "real", "record", "refcursor", "regclass", "regcollation", "regconfig", "regdatabase", "regdictionary",
    "regnamespace", "regoper", "regoperator", "regproc", "regprocedure", "regrole", "regtype", "setof", "smallint",
    "table_am_handler", "text", "tid", "time", "timestamp", "timestamptz", "timetz", "trigger", "tsm_handler",
    "tsmultirange", "tsquery", "tsrange", "tstzmultirange", "tstzrange", "tsvector", "txid_snapshot", "unknown",
    "uuid", "varbit", "varchar", "void", "xid", "xid8", "xml",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_searched() {
        assert!(BUILTIN.is_sorted());
        for name in ["path", "interval", "decimal", "_int4", "pg_class", "char"] {
            assert!(is_builtin(name), "{name}");
        }
        for name in ["state", "paths", "_state", "Interval"] {
            assert!(!is_builtin(name), "{name}");
        }
    }
}

//! Names and strings, as T-SQL writes them.

use crate::schema::ObjectName;

/// A name, in brackets only where it needs them: the manual, "Database identifiers". Only ASCII letters, digits and the
/// underscore go without.
pub(crate) fn identifier(name: &str) -> String {
    if is_regular(name) { name.to_owned() } else { bracketed(name) }
}

/// A name in brackets.
pub(crate) fn bracketed(name: &str) -> String {
    format!("[{}]", name.replace(']', "]]"))
}

/// The name of a table or a sequence, with its schema unless that is the default one.
pub(crate) fn object(name: &ObjectName) -> String {
    qualified(name.schema.as_deref(), &name.name)
}

/// A name and its schema, if there is one.
pub(crate) fn qualified(schema: Option<&str>, name: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", identifier(schema), identifier(name)),
        None => identifier(name),
    }
}

/// Names in a row, between commas.
pub(super) fn list(names: &[String]) -> String {
    names.iter().map(|name| identifier(name)).collect::<Vec<_>>().join(", ")
}

/// An expression for the text: `N'...'`, or several joined by `+` where one literal cannot say it. A backslash before a
/// newline would continue the line inside a literal, and a carriage return may not outlive an editor.
pub(crate) fn string(text: &str) -> String {
    let mut out = String::from("N'");
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\'' => out.push_str("''"),
            '\r' => out.push_str("' + NCHAR(13) + N'"),
            '\\' if matches!(characters.peek(), Some('\n' | '\r')) => out.push_str("\\' + N'"),
            other => out.push(other),
        }
    }
    out.push('\'');
    out
}

/// Whether [`string`] gives one literal, which alone can be an argument of a procedure.
pub(super) fn is_one_literal(text: &str) -> bool {
    !text.contains('\r') && !text.contains("\\\n")
}

fn is_regular(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !is_reserved(name)
}

/// Whether the word means something to the parser wherever it stands.
pub(crate) fn is_reserved(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    RESERVED.binary_search(&word.as_str()).is_ok()
}

/// The manual, "Reserved keywords (Transact-SQL)"; and `go`, which ends a batch where it begins a line.
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "add", "all", "alter", "and", "any", "as", "asc", "authorization", "backup", "begin", "between", "break",
    "browse", "bulk", "by", "cascade", "case", "check", "checkpoint", "close", "clustered", "coalesce", "collate",
    "column", "commit", "compute", "constraint", "contains", "containstable", "continue", "convert", "create",
    "cross", "current", "current_date", "current_time", "current_timestamp", "current_user", "cursor", "database",
    "dbcc", "deallocate", "declare", "default", "delete", "deny", "desc", "disk", "distinct", "distributed",
    "double", "drop", "dump", "else", "end", "errlvl", "escape", "except", "exec", "execute", "exists", "exit",
    "external", "fetch", "file", "fillfactor", "for", "foreign", "freetext", "freetexttable", "from", "full",
    "function", "go", "goto", "grant", "group", "having", "holdlock", "identity", "identity_insert", "identitycol",
    "if", "in", "index", "inner", "insert", "intersect", "into", "is", "join", "key", "kill", "left", "like",
    "lineno", "load", "merge", "national", "nocheck", "nonclustered", "not", "null", "nullif", "of", "off",
    "offsets", "on", "open", "opendatasource", "openquery", "openrowset", "openxml", "option", "or", "order",
    "outer", "over", "percent", "pivot", "plan", "precision", "primary", "print", "proc", "procedure", "public",
    "raiserror", "read", "readtext", "reconfigure", "references", "replication", "restore", "restrict", "return",
    "revert", "revoke", "right", "rollback", "rowcount", "rowguidcol", "rule", "save", "schema", "securityaudit",
    "select", "semantickeyphrasetable", "semanticsimilaritydetailstable", "semanticsimilaritytable",
    "session_user", "set", "setuser", "shutdown", "some", "statistics", "system_user", "table", "tablesample",
    "textsize", "then", "to", "top", "tran", "transaction", "trigger", "truncate", "try_convert", "tsequal",
    "union", "unique", "unpivot", "update", "updatetext", "use", "user", "values", "varying", "view", "waitfor",
    "when", "where", "while", "with", "within", "writetext",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_can_be_searched() {
        assert!(RESERVED.is_sorted());
        assert!(is_reserved("Order") && is_reserved("writetext") && is_reserved("ADD"));
        assert!(!is_reserved("name") && !is_reserved("date") && !is_reserved("status"));
    }

    #[test]
    fn names_get_brackets_only_where_they_need_them() {
        for plain in ["users", "Users", "_x1", "name", "status", "date"] {
            assert_eq!(identifier(plain), plain);
        }
        for (name, written) in [
            ("order", "[order]"),
            ("Key", "[Key]"),
            ("go", "[go]"),
            ("1st", "[1st]"),
            ("a b", "[a b]"),
            ("a.b", "[a.b]"),
            ("a]b[c", "[a]]b[c]"),
            ("#temp", "[#temp]"),
            ("@x", "[@x]"),
            ("a$", "[a$]"),
            ("größe", "[größe]"),
            ("🦀", "[🦀]"),
            ("it's \"x\"", "[it's \"x\"]"),
            ("", "[]"),
        ] {
            assert_eq!(identifier(name), written);
        }
        assert_eq!(object(&ObjectName::in_schema("my app", "order")), "[my app].[order]");
        assert_eq!(object(&ObjectName::local("users")), "users");
    }

    #[test]
    fn strings_keep_every_character() {
        assert_eq!(string("it's\nhere"), "N'it''s\nhere'");
        assert_eq!(string("a\\\nb"), "N'a\\' + N'\nb'");
        assert_eq!(string("a\\\r\nb"), "N'a\\' + N'' + NCHAR(13) + N'\nb'");
        assert_eq!(string("C:\\temp"), "N'C:\\temp'");
        assert!(is_one_literal("C:\\temp\n") && !is_one_literal("a\\\nb") && !is_one_literal("a\r\n"));
    }
}

//! The manual: "PostgreSQL Error Codes".

use super::{CHECKED, DEADLOCK, DEPENDENT, DOES_NOT_FIT, DUPLICATES, NULLS, ORPHANS, REFERRED, Row};

/// What an extension brings is not there without it.
const EXTENSION: &str = "if an extension brings it, put `CREATE EXTENSION IF NOT EXISTS NAME;` into this revision or one \
                         before it; otherwise create it there, or correct the name";

pub(super) const ADVICE: &[Row] = &[
    ("0A000", "is not available", "install the extension's package on the server, which brings its files"),
    ("58P01", "extension", "install the extension's package on the server, which brings its files"),
    ("0A000", "cannot alter type of a column", DEPENDENT),
    ("2BP01", "", DEPENDENT),
    ("22001", "", DOES_NOT_FIT),
    ("22003", "", DOES_NOT_FIT),
    ("22P02", "", DOES_NOT_FIT),
    ("23502", "", NULLS),
    ("23503", "still referenced", REFERRED),
    ("23503", "", ORPHANS),
    ("23505", "", DUPLICATES),
    ("23514", "", CHECKED),
    ("23P01", "", DUPLICATES),
    ("40P01", "", DEADLOCK),
    ("42501", "", "connect as the owner, or as a role that has the right"),
    ("42704", "", EXTENSION),
    ("42883", "", EXTENSION),
    (
        "55006",
        "pending trigger events",
        "put `SET CONSTRAINTS ALL IMMEDIATE;` above the statement, or the rows into a revision before",
    ),
    ("55P04", "", "use the new value in a revision behind the one that adds it"),
    ("57014", "statement timeout", "raise the statement timeout, or let the statement do less at once"),
];

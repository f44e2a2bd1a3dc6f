//! The manual: "Result and Error Codes". Most of what ALTER TABLE refuses has no code of its own.

use super::{CHECKED, DEPENDENT, DOES_NOT_FIT, DUPLICATES, NULLS, ORPHANS, Row};

pub(super) const ADVICE: &[Row] = &[
    ("1", "Cannot add a NOT NULL column", NULLS),
    ("1", "error in view", DEPENDENT),
    ("1", "error in trigger", DEPENDENT),
    ("1", "error in index", DEPENDENT),
    // CHECK, FOREIGNKEY, NOTNULL, PRIMARYKEY, UNIQUE, ROWID, DATATYPE.
    ("275", "", CHECKED),
    ("787", "", ORPHANS),
    ("1299", "", NULLS),
    ("1555", "", DUPLICATES),
    ("2067", "", DUPLICATES),
    ("2579", "", DUPLICATES),
    ("3091", "", DOES_NOT_FIT),
];

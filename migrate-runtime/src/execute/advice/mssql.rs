//! The manual: "Database Engine events and errors".

use super::{CHECKED, DEADLOCK, DEPENDENT, DOES_NOT_FIT, DUPLICATES, NULLS, ORPHANS, REFERRED, Row};

pub(super) const ADVICE: &[Row] = &[
    ("220", "", DOES_NOT_FIT),
    ("245", "", DOES_NOT_FIT),
    ("515", "", NULLS),
    ("547", "REFERENCE constraint", REFERRED),
    ("547", "FOREIGN KEY", ORPHANS),
    ("547", "CHECK constraint", CHECKED),
    ("1205", "", DEADLOCK),
    ("1505", "", DUPLICATES),
    ("2601", "", DUPLICATES),
    ("2627", "", DUPLICATES),
    ("2628", "", DOES_NOT_FIT),
    ("3726", "", DEPENDENT),
    ("4901", "", NULLS),
    ("4922", "", DEPENDENT),
    ("5074", "", DEPENDENT),
    ("8114", "", DOES_NOT_FIT),
    ("8115", "", DOES_NOT_FIT),
    ("8152", "", DOES_NOT_FIT),
];

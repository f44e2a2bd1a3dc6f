//! MySQL and MariaDB. The manuals: "Server Error Message Reference", "MariaDB Error Code Reference".

use super::{CHECKED, DEADLOCK, DEPENDENT, DOES_NOT_FIT, DUPLICATES, NULLS, ORPHANS, REFERRED, Row};

pub(super) const ADVICE: &[Row] = &[
    ("1048", "", NULLS),
    ("1062", "", DUPLICATES),
    ("1071", "", "make the columns shorter, or index a part of them: `name(191)`"),
    ("1138", "", NULLS),
    ("1213", "", DEADLOCK),
    ("1264", "", DOES_NOT_FIT),
    // A NULL too, where the column is to be NOT NULL.
    (
        "1265",
        "",
        "values do not fit the type, or are NULL where they may not be: change them with an UPDATE above the statement",
    ),
    ("1292", "", DOES_NOT_FIT),
    ("1366", "", DOES_NOT_FIT),
    ("1406", "", DOES_NOT_FIT),
    ("1451", "", REFERRED),
    ("1452", "", ORPHANS),
    (
        "1553",
        "",
        "a foreign key needs the index: drop the key, or give it another index, above the statement",
    ),
    ("1828", "", DEPENDENT),
    ("1829", "", DEPENDENT),
    ("1832", "", DEPENDENT),
    ("1833", "", DEPENDENT),
    ("3730", "", DEPENDENT),
    ("3819", "", CHECKED),
    ("4025", "", CHECKED),
];

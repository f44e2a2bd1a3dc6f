//! What the reader and the renderer of MySQL and MariaDB share: how names, texts and expressions are written, and which
//! indexes these servers make by themselves.

mod collation;
mod expression;
mod foreign_key_index;
mod identifier;
mod literal;

pub(crate) use collation::{Collations, charset_of};
pub(crate) use expression::{
    calls, mentions, readable, with_column_renamed, with_string_escapes_undone, without_outer_parentheses,
};
pub(crate) use foreign_key_index::{covers, implicit_indexes};
pub(crate) use identifier::{identifier, identifiers};
pub(crate) use literal::{literal, unescaped};

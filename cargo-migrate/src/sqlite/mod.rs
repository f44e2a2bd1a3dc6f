//! SQL as SQLite reads it: what its reader and its renderer share. Pure text.

mod expression;
mod name;
mod rename;
mod token;

pub(crate) use expression::{
    Context, collation, default_value, is_literal, is_unit, mentions, tidy, without_parentheses,
};
pub(crate) use name::{is_same, quote, unquote};
pub(crate) use rename::{Rename, in_expression, in_trigger};
pub(crate) use token::{Token, TokenKind, has_comments, tokens};

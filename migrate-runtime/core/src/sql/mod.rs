//! The statements of a script, as the engine's own client would see them.
//!
//! [`split`] cuts a script into [`Piece`]s the way `psql`, `mysql`, `sqlcmd` and the `sqlite3` shell do: strings,
//! comments, dollar quotes, stored programs, `DELIMITER` and `GO` are understood, nothing else of the grammar is.
//! [`canonical`] is the text of a statement without what may change freely, [`leading_words`] and
//! [`transaction_control`] say what kind of statement it is; [`lexemes`] and [`tokens`] are for whoever has to look
//! closer.
//!
//! ```
//! use migrate_core::{Dialect, sql::split};
//!
//! let text = "CREATE TABLE a (x text DEFAULT ';'); -- done;\nDROP TABLE b;";
//! let pieces = split(Dialect::Postgres, text, 0..text.len()).unwrap();
//! assert_eq!(pieces.len(), 2);
//! assert_eq!(&text[pieces[1].span.clone()], "DROP TABLE b");
//! ```

mod canonical;
mod classify;
mod directive;
mod lexeme;
mod lexer;
mod mssql;
mod mysql;
mod postgres;
mod program;
mod split;
mod sqlite;

pub use canonical::canonical;
pub use classify::{leading_words, tokens, transaction_control};
pub use lexeme::{Lexeme, LexemeKind, lexemes};
pub use split::{Piece, PieceKind, SplitError, split};

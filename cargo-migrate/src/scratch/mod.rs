//! Places on an engine where SQL is tried and nothing stays: a transaction that is rolled back, a database that is
//! dropped, SQLite in memory.

mod database;
mod name;
mod normalise;
mod outside;

pub(crate) use database::ScratchDatabase;
pub(crate) use normalise::{Refused, normalise};

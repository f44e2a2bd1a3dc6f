//! The program as its users start it: in folders of their own, with a minimal package each.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

mod check;
mod command_line;
mod configuration;
mod database;
mod files;
mod git;
mod init;
mod lock;
mod merge;
mod projects;
mod revision;
mod support;

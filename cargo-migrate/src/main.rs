//! `cargo migrate`: database migrations after Alembic, for Rust.

mod asynchronous;
mod autogenerate;
mod cli;
mod commands;
mod config;
mod ddl;
mod diagnose;
mod diagram;
mod diff;
mod explain;
mod files;
mod git;
mod guard;
mod lower;
mod message;
mod models;
mod mysql;
mod new_revision;
mod operation;
mod paths;
mod project;
mod reflect;
mod revisions;
mod run;
mod rust_models;
mod schema;
mod scratch;
mod show;
mod slug;
mod sources;
mod sqlite;
mod target;
mod template;
mod unwritten;
mod versions;
mod wanted;
mod workspace;
mod wrap;

fn main() -> std::process::ExitCode {
    run::run(std::env::args_os())
}

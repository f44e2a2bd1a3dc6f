//! `cargo migrate`: database migrations after Alembic, for Rust.

mod asynchronous;
#[allow(dead_code, unused_imports)]
mod autogenerate;
mod cli;
mod commands;
mod config;
#[allow(dead_code, unused_imports)]
mod ddl;
mod diagnose;
#[allow(dead_code)]
mod diagram;
#[allow(dead_code, unused_imports)]
mod diff;
mod explain;
mod files;
mod git;
mod guard;
#[allow(dead_code, unused_imports)]
mod lower;
mod message;
#[allow(dead_code, unused_imports)]
mod models;
#[allow(dead_code, unused_imports)]
mod mysql;
mod new_revision;
#[allow(dead_code, unused_imports)]
mod operation;
mod paths;
mod project;
#[allow(dead_code, unused_imports)]
mod reflect;
mod revisions;
mod run;
#[allow(dead_code, unused_imports)]
mod rust_models;
#[allow(dead_code, unused_imports)]
mod schema;
#[allow(dead_code, unused_imports)]
mod scratch;
mod show;
mod slug;
#[allow(dead_code, unused_imports)]
mod sources;
#[allow(dead_code, unused_imports)]
mod sqlite;
mod target;
mod template;
mod unwritten;
mod versions;
mod workspace;

fn main() -> std::process::ExitCode {
    run::run(std::env::args_os())
}

//! `cargo migrate`: database migrations after Alembic, for Rust.

mod cli;
mod commands;
mod config;
mod diagnose;
mod explain;
mod files;
mod git;
mod guard;
mod message;
mod new_revision;
mod paths;
mod project;
mod revisions;
mod run;
mod slug;
mod target;
mod template;
mod unwritten;
mod versions;
mod workspace;

fn main() -> std::process::ExitCode {
    run::run(std::env::args_os())
}

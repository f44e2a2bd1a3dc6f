//! `cargo migrate`: database migrations after Alembic, for Rust.

mod asynchronous;
mod at_heads;
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
mod hooks;
mod lint;
mod lower;
mod message;
mod models;
mod mysql;
mod new_revision;
mod operation;
mod own_words;
mod paths;
mod project;
mod reflect;
mod renaming;
mod revisions;
mod reworded;
mod run;
mod rust_models;
mod schema;
mod scratch;
mod servers;
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

/// In bytes. The operating system gives of it only what is used.
const STACK: usize = 256 * 1024 * 1024;

fn main() -> std::process::ExitCode {
    // Source code, expressions and schemas are read by going down into them: the main thread's stack is too small for
    // the deepest.
    let run = || run::run(std::env::args_os());
    match std::thread::Builder::new().stack_size(STACK).spawn(run).map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(_) => run(),
    }
}

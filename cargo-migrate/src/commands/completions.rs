//! What shells and `man` are told of the command line.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;
use migrate_core::Error;
use migrate_runtime::cli::Console;
use serde_json::json;

use crate::{files, paths::shown};

/// The program that cargo starts for `cargo migrate`.
const PROGRAM: &str = "cargo-migrate";

/// Options of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo migrate completions bash > /etc/bash_completion.d/cargo-migrate
  cargo migrate completions zsh  > ~/.zfunc/_cargo-migrate
  cargo migrate completions fish > ~/.config/fish/completions/cargo-migrate.fish

They complete `cargo-migrate`; zsh knows it as `cargo migrate` too.")]
pub(crate) struct CompletionsArgs {
    /// For which shell.
    shell: Shell,
}

impl CompletionsArgs {
    /// Writes the script to stdout.
    pub(crate) fn run(&self, mut command: Command, console: &Console) -> u8 {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, PROGRAM, &mut script);
        let script = String::from_utf8_lossy(&script);
        if console.is_json() {
            console.json(&json!({ "shell": self.shell.to_string(), "script": script }));
        } else {
            console.out(script.trim_end());
        }
        0
    }
}

/// Options of `man`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo migrate man ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// The folder to write a page for each command into.
    folder: PathBuf,
}

impl ManArgs {
    /// Writes the pages.
    ///
    /// # Errors
    /// [`migrate_core::Code::Io`].
    pub(crate) fn run(&self, command: Command, console: &Console) -> Result<u8, Error> {
        let refused = |error| files::refused(&self.folder, &error);
        std::fs::create_dir_all(&self.folder).map_err(refused)?;
        let command = command.name(PROGRAM).bin_name("cargo migrate");
        let names = Self::names(&command);
        clap_mangen::generate_to(command, &self.folder).map_err(refused)?;
        let written: Vec<_> = names.iter().map(|name| shown(&self.folder.join(name))).collect();
        if console.is_json() {
            console.json(&json!({ "files": written }));
        } else {
            written.iter().for_each(|file| console.out(&format!("wrote {file}")));
        }
        Ok(0)
    }

    /// The files: a page for the program, and one for each command.
    fn names(command: &Command) -> Vec<String> {
        let commands = command.get_subcommands().filter(|below| !below.is_hide_set());
        let pages = commands.map(|below| format!("{PROGRAM}-{}.1", below.get_name()));
        std::iter::once(format!("{PROGRAM}.1")).chain(pages).collect()
    }
}

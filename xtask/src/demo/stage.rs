//! The temporary application on which the demo plays.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Output, Stdio};

use crate::failure::{Explain, Failure, Result};
use crate::workspace;

/// How wide a line of ours may be.
const WIDTH: usize = 80;

/// An application in a temporary folder, with the plugin on its PATH. Gone when it is dropped.
pub(super) struct Stage {
    folder: PathBuf,
    /// PATH with the plugin in front.
    path: std::ffi::OsString,
    /// Where the application's dependencies are compiled, kept from demo to demo.
    target: PathBuf,
}

impl Stage {
    /// Builds the plugin and makes the folder.
    pub(super) fn build() -> Result<Self> {
        println!("Building the plugin, for SQLite only (the first time takes a minute or two) ...");
        let target = workspace::cache().join("demo");
        let status = Command::new(workspace::cargo())
            .args([
                "build",
                "--quiet",
                "--package",
                "cargo-migrate",
                "--no-default-features",
                "--features",
                "sqlite",
            ])
            .current_dir(workspace::root())
            .env("CARGO_TARGET_DIR", &target)
            .status()
            .explain(|| "cannot run cargo".to_owned())?;
        expect_success(status, "cargo build --package cargo-migrate")?;

        let mut path = target.join("debug").into_os_string();
        if let Some(rest) = env::var_os("PATH") {
            path.push(if cfg!(windows) { ";" } else { ":" });
            path.push(rest);
        }
        let folder = env::temp_dir().join(format!("migrate-demo-{}", std::process::id())).join("shop");
        fs::create_dir_all(folder.join("src")).explain(|| format!("cannot make {}", folder.display()))?;
        let stage = Self { folder, path, target };
        let runtime = workspace::root().join("migrate-runtime").display().to_string();
        stage.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
                 [dependencies]\n\
                 migrate-runtime = {{ path = {runtime:?}, features = [\"models\"] }}\n"
            ),
        )?;
        stage.write("src/main.rs", "fn main() {}\n")?;
        let lock = workspace::root().join("Cargo.lock");
        fs::copy(&lock, stage.folder.join("Cargo.lock"))
            .explain(|| format!("cannot copy {}", lock.display()))?;
        Ok(stage)
    }

    /// A headline.
    #[allow(clippy::unused_self, reason = "reads as the rest of a scene")]
    pub(super) fn chapter(&self, title: &str) {
        println!("\n== {title} ==");
    }

    /// A word to the reader.
    #[allow(clippy::unused_self, reason = "reads as the rest of a scene")]
    pub(super) fn note(&self, text: &str) {
        println!("\n{}", wrapped(text.split(' '), "", ""));
    }

    /// A command before it is run.
    fn prompt(command: &str) {
        // Options are not torn from their values.
        println!(
            "\n{}",
            wrapped(format!("$ {command}").split(" --").enumerate().map(option), " \\", "      ")
        );
    }

    /// Writes a file of the application.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.folder.join(name);
        fs::write(&path, text).explain(|| format!("cannot write {}", path.display()))
    }

    /// Replaces a text that stands in a file of the application.
    pub(super) fn edit(&self, name: &str, before: &str, after: &str) -> Result<()> {
        let text = self.read(name)?;
        if !text.contains(before) {
            return Err(Failure::new(format!("{name} has no `{before}`")));
        }
        self.write(name, &text.replace(before, after))
    }

    /// Adds statements to the end of the way up of a revision file.
    pub(super) fn add_to_up(&self, file: &str, statements: &str) -> Result<()> {
        let down = "\n-- migrate:down";
        self.edit(file, down, &format!("\n{statements}\n{down}"))
    }

    /// Shows a file of the application.
    pub(super) fn show_file(&self, name: &str) -> Result<()> {
        println!("\n$ cat {name}");
        let text = self.read(name)?;
        for line in text.trim_end().lines() {
            println!("{}", format!("    {line}").trim_end());
        }
        Ok(())
    }

    fn read(&self, name: &str) -> Result<String> {
        let path = self.folder.join(name);
        fs::read_to_string(&path).explain(|| format!("cannot read {}", path.display()))
    }

    /// Shows a command and runs it; it must succeed.
    pub(super) fn show(&self, command: &str) -> Result<()> {
        Self::prompt(command);
        let status = self.command(command)?.status().explain(|| format!("cannot run {command}"))?;
        expect_success(status, command)
    }

    /// Runs the application, shown as a shell in its folder would call it.
    pub(super) fn show_binary(&self, name: &str, value: &str) -> Result<()> {
        let shown = format!("{name}={value} target/debug/shop");
        println!("\n$ {shown}");
        let binary = self.target.join("debug").join(format!("shop{}", env::consts::EXE_SUFFIX));
        let mut command = Command::new(&binary);
        let status = command.current_dir(&self.folder).env(name, value).status();
        expect_success(status.explain(|| format!("cannot run {}", binary.display()))?, &shown)
    }

    /// Shows a command and runs it; it must fail, and what it says is what the demo wants to show.
    pub(super) fn fails(&self, command: &str) -> Result<()> {
        Self::prompt(command);
        let status = self.command(command)?.status().explain(|| format!("cannot run {command}"))?;
        if status.success() {
            return Err(Failure::new(format!("`{command}` should have failed")));
        }
        Ok(())
    }

    /// Puts everything under git with these commands. False: there is no git.
    pub(super) fn commit(&self, add: &str, commit: &str) -> Result<bool> {
        let Ok(made) = self.command("git init --quiet")?.status() else {
            self.note("(git is not installed; in your project the revisions are committed by now.)");
            return Ok(false);
        };
        expect_success(made, "git init")?;
        self.show(add)?;
        self.show(commit)?;
        Ok(true)
    }

    /// Shows a command that makes a revision, runs it, and gives the file that it has written.
    pub(super) fn revision(&self, command: &str) -> Result<String> {
        Self::prompt(command);
        let output: Output = self.command(command)?.output().explain(|| format!("cannot run {command}"))?;
        std::io::stderr().write_all(&output.stderr).explain(|| "cannot write".to_owned())?;
        expect_success(output.status, command)?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        println!("{said}");
        // Behind what was generated.
        Ok(said.lines().last().unwrap_or_default().to_owned())
    }

    /// Replaces the sections of a revision file.
    pub(super) fn write_sections(&self, file: &str, up: &str, down: &str) -> Result<()> {
        let text = self.read(file)?;
        let header = text.split("-- migrate:up").next().unwrap_or_default();
        self.write(file, &format!("{header}-- migrate:up\n{up}\n\n-- migrate:down\n{down}\n"))
    }

    /// A command line without a shell: words, and words in double quotes.
    fn command(&self, line: &str) -> Result<Command> {
        let mut words = split(line).into_iter();
        let program = words.next().ok_or_else(|| Failure::new("an empty command"))?;
        let mut command =
            if program == "cargo" { Command::new(workspace::cargo()) } else { Command::new(program) };
        command
            .args(words)
            .current_dir(&self.folder)
            // Nobody is asked anything: the demo runs by itself.
            .stdin(Stdio::null())
            .env("PATH", &self.path)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("DATABASE_URL", "sqlite:shop.db")
            // A commit needs somebody who makes it, and nothing of this machine's own settings.
            .env("GIT_CONFIG_GLOBAL", if cfg!(windows) { "NUL" } else { "/dev/null" })
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|name| (name, "demo")))
            .envs(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|name| (name, "demo@example.com")));
        Ok(command)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(parent) = self.folder.parent() {
            // What cannot be removed is left to the system's own cleaning.
            drop(fs::remove_dir_all(parent));
        }
    }
}

fn expect_success(status: ExitStatus, command: &str) -> Result<()> {
    if status.success() { Ok(()) } else { Err(Failure::new(format!("`{command}` failed: {status}"))) }
}

/// Pieces as lines that are no wider than ours may be, as long as no piece is. `end` stands where a line goes on, `indent`
/// before the rest.
fn wrapped(pieces: impl Iterator<Item = impl AsRef<str>>, end: &str, indent: &str) -> String {
    let mut lines = vec![String::new()];
    for piece in pieces {
        let piece = piece.as_ref();
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(piece);
        } else if line.chars().count() + 1 + piece.chars().count() + end.len() < WIDTH {
            line.push(' ');
            line.push_str(piece);
        } else {
            line.push_str(end);
            lines.push(format!("{indent}{piece}"));
        }
    }
    lines.join("\n")
}

/// A part of a command line, with the dashes that it was parted at.
fn option((at, part): (usize, &str)) -> String {
    if at == 0 { part.to_owned() } else { format!("--{part}") }
}

fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('"').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_wrapped() {
        let long = "word ".repeat(30);
        let text = wrapped(long.trim().split(' '), "", "");
        assert_eq!(text.lines().map(|line| line.len() <= WIDTH).collect::<Vec<_>>(), [true, true]);
        let command = format!("$ cargo migrate revision --autogenerate -m {} --rename a=b", "x".repeat(30));
        let text = wrapped(command.split(" --").enumerate().map(option), " \\", "      ");
        assert!(text.ends_with(" \\\n      --rename a=b"), "{text}");
    }

    #[test]
    fn words_in_quotes_stay_together() {
        assert_eq!(
            split("cargo migrate revision -m \"two words\" --splice"),
            ["cargo", "migrate", "revision", "-m", "two words", "--splice"]
        );
    }
}

//! Opening a revision in the editor.

use std::{env, path::PathBuf, process::Command};

use clap::Args;
use migrate_core::{Code, Error};
use migrate_runtime::cli::Console;
use serde_json::json;

use crate::{asynchronous::block_on, paths::shown, project::Project, revisions::Revisions, versions};

/// What is started where neither variable says anything.
const OTHERWISE: &str = if cfg!(windows) { "notepad" } else { "vi" };

/// Options of `edit`.
#[derive(Debug, Args)]
#[command(
    after_help = "The editor is that of $VISUAL, or of $EDITOR.\n\nExample:\n  cargo migrate edit head"
)]
pub(crate) struct EditArgs {
    /// A revision: an id or a prefix of it, a label, `head`, `current`.
    #[arg(default_value = "head")]
    revision: String,
}

impl EditArgs {
    /// Opens the file, and looks at what has become of it.
    pub(crate) fn run(&self, project: &Project, console: &Console) -> Result<u8, Error> {
        let path = self.file(project)?;
        let editor =
            ["VISUAL", "EDITOR"].iter().find_map(|name| env::var(name).ok().filter(|text| !text.is_empty()));
        let editor = editor.unwrap_or_else(|| OTHERWISE.to_owned());
        let failed = |why: String| {
            Error::new(Code::HookFailed, format!("the editor `{editor}` {why}"))
                .with_help("set EDITOR to the editor of your choice, with its options")
        };
        let words = shlex::split(&editor).unwrap_or_default();
        let Some((program, arguments)) = words.split_first() else {
            return Err(failed("is no command".to_owned()));
        };
        let status = Command::new(program)
            .args(arguments)
            .arg(&path)
            .status()
            .map_err(|error| failed(format!("cannot be started: {error}")))?;
        if !status.success() {
            return Err(failed(format!("failed: {status}")));
        }
        // What was never committed is sealed as it is now; an edit of what was is told.
        Revisions::sealed(project, console)?;
        if console.is_json() {
            console.json(&json!({ "file": shown(&path) }));
        } else {
            console.out(&shown(&path));
        }
        Ok(0)
    }

    /// The file of the revision; of one that cannot be read, by its name.
    fn file(&self, project: &Project) -> Result<PathBuf, Error> {
        let path = |name: &str| project.migrations.join(name);
        let revisions = match Revisions::read(project) {
            Ok(revisions) => revisions,
            Err(error) => {
                let texts = versions::read_all(&project.versions)?;
                let mut fitting = texts.keys().filter(|name| name.contains(&self.revision));
                return match (fitting.next(), fitting.next()) {
                    (Some(only), None) => Ok(path(only)),
                    _ => Err(error),
                };
            }
        };
        let graph = revisions.catalog.graph();
        let index = if self.revision == "current" {
            let versions = migrate_runtime::Versions::none();
            let current = block_on(project.migrator(&versions).current(&*project.database_url()?))??;
            match current.as_slice() {
                [only] => graph.resolve_one(None, only)?,
                _ => {
                    return Err(Error::new(
                        Code::MultipleHeads,
                        format!("the database is at {} revisions", current.len()),
                    )
                    .with_help("name the one to edit")
                    .with_list("candidates", current));
                }
            }
        } else {
            graph.resolve_one(None, &self.revision)?
        };
        Ok(path(revisions.catalog.file(index).name()))
    }
}

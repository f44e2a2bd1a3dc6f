use std::{io::IsTerminal as _, path::PathBuf};

use clap::Args;
use migrate_core::{
    Code, Error, Label, RevisionId,
    graph::{Graph, Index},
    lock::Lock,
};
use migrate_runtime::cli::Console;

use super::check::NO_MODEL;
use crate::{
    asynchronous::block_on,
    autogenerate::{AnswerArgs, Ask, Base, Findings, Terminal, autogenerate},
    diagram::mermaid,
    files,
    guard::Guard,
    message::one_line,
    new_revision::{Body, Draft, Part, choose_id},
    paths::{self, shown},
    project::{Project, VersionsFolder},
    revisions::Revisions,
    show,
    wanted::Wanted,
};

/// Options of `revision`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo migrate revision --autogenerate -m \"add bio to users\"
  cargo migrate revision -m \"fill the bios\"
  cargo migrate revision -m billing --head base --branch-label billing")]
pub(crate) struct RevisionArgs {
    /// What the revision does, in one line.
    #[arg(short, long, allow_hyphen_values = true)]
    message: String,
    /// The revision to follow: a head, or `base` for a new beginning.
    #[arg(long, value_name = "REVISION", allow_hyphen_values = true)]
    head: Option<String>,
    /// Follow a revision that is no head: a branch begins there.
    #[arg(long)]
    splice: bool,
    /// A name for the branch that begins here; may be repeated.
    #[arg(long, value_name = "LABEL", value_parser = label)]
    branch_label: Vec<Label>,
    /// The folder to write to, if there are several.
    #[arg(long, value_name = "PATH")]
    version_path: Option<String>,
    /// The id to use instead of a random one. Prefixes of it need 4 characters: a shorter id is named in full.
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// A revision of another branch that must be applied first; may be repeated.
    #[arg(long, value_name = "REVISION", allow_hyphen_values = true)]
    depends_on: Vec<String>,
    #[command(flatten)]
    generated: GeneratedArgs,
}

/// Options of `--autogenerate`.
#[derive(Debug, Args)]
struct GeneratedArgs {
    /// Compare the models with the database, and write what leads from one to the other, and back.
    #[arg(long, help_heading = "Autogenerate")]
    autogenerate: bool,
    /// Compare with the revisions, run in a scratch database, instead of the database.
    #[arg(long, help_heading = "Autogenerate")]
    replay: bool,
    /// Write a revision even if nothing differs.
    #[arg(long, help_heading = "Autogenerate")]
    allow_empty: bool,
    /// Write the schema of the models there, as an entity-relationship diagram of Mermaid.
    #[arg(long, value_name = "FILE", help_heading = "Autogenerate")]
    diagram: Option<PathBuf>,
    #[command(flatten)]
    answers: AnswerArgs,
}

/// What the comparison says is to be done.
enum Generated {
    /// These sections are written, unless the revisions have changed since they looked so.
    Write(Box<Findings>, Lock),
    /// Nothing is; this is the exit code.
    Nothing(u8),
}

impl RevisionArgs {
    /// Writes the file and seals it.
    pub(crate) fn run(&self, project: &Project, console: &Console) -> Result<u8, Error> {
        let message = one_line(&self.message)?;
        self.generated.require_autogenerate()?;
        let (mut found, mut compared) = (None, None);
        if self.generated.autogenerate {
            match self.generated.run(project, console)? {
                Generated::Write(findings, lock) => (found, compared) = (Some(findings), Some(lock)),
                Generated::Nothing(code) => return Ok(code),
            }
        }
        let body = match &found {
            None => Body::unwritten(project.dialects()),
            Some(found) => Body::of(found.sections().collect::<Vec<_>>().into_iter().map(|own| {
                if found.is_empty() {
                    return (own.dialect, Part::nothing(), Part::nothing());
                }
                let part = |statements, unwritten| Part::generated(own.dialect, statements, unwritten);
                (own.dialect, part(&own.up, &own.unwritten.up), part(&own.down, &own.unwritten.down))
            })),
        };
        let guard = Guard::take(&project.migrations, console)?;
        let revisions = Revisions::sealed_under(&guard, project, console)?;
        if compared.is_some_and(|compared| compared != revisions.lock) {
            return Err(Error::new(
                Code::NotSealed,
                "the revisions have changed while the models were compared with them: nothing was written",
            )
            .with_help("run the command again: what it found may be in another revision by now"));
        }
        let graph = revisions.catalog.graph();
        let parent = self.parent(graph)?;
        let draft = Draft {
            id: choose_id(self.rev_id.as_deref(), &revisions)?,
            message,
            revises: parent.map(|index| graph.id(index).clone()).into_iter().collect(),
            depends_on: self.dependencies(graph)?,
            labels: without_repeats(&self.branch_label),
            folder: self.folder(project, &revisions, parent)?,
            body,
        };
        let written = draft.write(project, &revisions)?;
        drop(guard);
        written.report(console, found.as_deref().map(Findings::json));
        Ok(0)
    }

    /// The revision to follow; none for a base.
    fn parent(&self, graph: &Graph) -> Result<Option<Index>, Error> {
        let word = match self.head.as_deref() {
            None | Some("head") => {
                return match graph.heads().as_slice() {
                    [] => Ok(None),
                    [head] => Ok(Some(*head)),
                    several => Err(several_heads(graph, several)),
                };
            }
            Some("base") => return Ok(None),
            Some(word) => word,
        };
        let parent = graph.resolve_one(None, word)?;
        if !graph.is_head(parent) && !self.splice {
            let id = graph.id(parent);
            let next: Vec<_> = graph.next(parent).iter().map(|next| graph.id(*next)).collect();
            return Err(Error::new(Code::Usage, format!("revision {id} is not a head"))
                .with_help("add --splice to begin a branch there")
                .with_revision(id.as_str())
                .with_list("next", next));
        }
        Ok(Some(parent))
    }

    fn dependencies(&self, graph: &Graph) -> Result<Vec<RevisionId>, Error> {
        let found = self
            .depends_on
            .iter()
            .map(|word| graph.resolve_one(None, word).map(|index| graph.id(index).clone()));
        Ok(without_repeats(&found.collect::<Result<Vec<_>, _>>()?))
    }

    /// Where the file goes: where it is told to, else beside its parent, else the only folder.
    fn folder<'p>(
        &self,
        project: &'p Project,
        revisions: &Revisions,
        parent: Option<Index>,
    ) -> Result<&'p VersionsFolder, Error> {
        let names = || project.versions.iter().map(|folder| folder.name.as_str());
        if let Some(asked) = &self.version_path {
            return find_folder(project, asked).ok_or_else(|| {
                Error::new(Code::Usage, format!("`{}` is not a folder of `versions`", asked.escape_debug()))
                    .with_help(format!(
                        "the folders in migrate.toml are {}",
                        names().collect::<Vec<_>>().join(", ")
                    ))
                    .with_list("candidates", names())
            });
        }
        if let [only] = project.versions.as_slice() {
            return Ok(only);
        }
        parent.and_then(|parent| folder_beside(project, revisions, parent)).ok_or_else(|| {
            Error::new(Code::Usage, "there are several folders for revisions")
                .with_help(format!("choose with --version-path: {}", names().collect::<Vec<_>>().join(", ")))
                .with_list("candidates", names())
        })
    }
}

impl GeneratedArgs {
    /// Refuses options that say something of a comparison where nothing is compared.
    fn require_autogenerate(&self) -> Result<(), Error> {
        let own = [
            (self.replay, "--replay"),
            (self.allow_empty, "--allow-empty"),
            (self.diagram.is_some(), "--diagram"),
        ];
        let own = own.into_iter().filter(|(is_given, _)| *is_given).map(|(_, name)| name);
        let given: Vec<_> = own.chain(self.answers.given()).collect();
        if self.autogenerate || given.is_empty() {
            return Ok(());
        }
        let goes = if given.len() == 1 { "goes" } else { "go" };
        Err(Error::new(Code::Usage, format!("{} {goes} with --autogenerate", given.join(", "))).with_help(
            "add --autogenerate; without it the revision is empty, and you write its SQL yourself",
        ))
    }

    /// Compares, says what was found, and asks what has to be decided. Writes nothing but the diagram.
    fn run(&self, project: &Project, console: &Console) -> Result<Generated, Error> {
        let wanted = Wanted::read(project, console)?;
        if wanted.len() == 0 && !self.allow_empty {
            console.warn(NO_MODEL);
        }
        let base = if self.replay { Base::Replay } else { Base::Database };
        let answers = self.answers.read()?;
        let (revisions, _) = Revisions::sealed_in_memory(project)?;
        let mut terminal = if console.is_json() { None } else { Terminal::present() };
        let ask = terminal.as_mut().map(|terminal| terminal as &mut dyn Ask);
        let found = block_on(autogenerate(project, &wanted, base, &answers, ask))??;
        if found.is_open() {
            return undecided(&found, console);
        }
        if let Some(path) = &self.diagram {
            files::replace(path, &mermaid(&found.written))?;
            console.note(&format!("wrote {}", shown(path)));
        }
        if found.is_empty() && !self.allow_empty {
            if console.is_json() {
                console.json(&found.json());
            } else {
                console.out("no differences: no revision was written");
            }
            return Ok(Generated::Nothing(0));
        }
        if !console.is_json() {
            // Who has just answered has seen them.
            let seen = terminal.is_some_and(|terminal| terminal.has_seen(&found.first.operations));
            if !(seen && found.others.is_empty() && std::io::stdout().is_terminal()) {
                show::changes_of_all(&found, console);
            }
            show::warnings(&found, console);
        }
        found.require_sections()?;
        Ok(Generated::Write(Box::new(found), revisions.lock))
    }
}

/// Says what has to be decided: as JSON on stdout, or as an error.
fn undecided(found: &Findings, console: &Console) -> Result<Generated, Error> {
    if console.is_json() {
        console.json(&found.json());
        return Ok(Generated::Nothing(Code::NeedsDecision.exit_code()));
    }
    show::changes_of_all(found, console);
    let questions = found.questions().into_iter();
    let questions: Vec<_> = questions
        .map(|question| format!("{}\n      {}", question.text, question.options.join("\n      ")))
        .collect();
    Err(Error::new(
        Code::NeedsDecision,
        format!("nothing was written: this must be decided first\n  {}", questions.join("\n  ")),
    )
    .with_help("run it again with one of the options for each, or on a terminal, where it asks"))
}

/// A label of the command line; what is wrong with it is said with the rule.
pub(super) fn label(word: &str) -> Result<Label, String> {
    word.parse().map_err(|error: Error| match error.help() {
        Some(rule) => format!("{}: {rule}", error.message()),
        None => error.message().to_owned(),
    })
}

/// The folder that a revision lies in.
pub(super) fn folder_beside<'p>(
    project: &'p Project,
    revisions: &Revisions,
    revision: Index,
) -> Option<&'p VersionsFolder> {
    let (folder, _) = revisions.catalog.file(revision).name().rsplit_once('/')?;
    project.versions.iter().find(|known| known.from_lock == folder)
}

/// The folder of `versions` that is named as in migrate.toml, or by its path from here.
fn find_folder<'p>(project: &'p Project, asked: &str) -> Option<&'p VersionsFolder> {
    let from_project = paths::normal(&project.folder.join(asked));
    let from_here = std::path::absolute(asked).map(|path| paths::normal(&path)).ok();
    project
        .versions
        .iter()
        .find(|folder| folder.path == from_project)
        .or_else(|| project.versions.iter().find(|folder| Some(&folder.path) == from_here.as_ref()))
}

fn several_heads(graph: &Graph, heads: &[Index]) -> Error {
    let ids: Vec<_> = heads.iter().map(|head| graph.id(*head).as_str()).collect();
    Error::new(Code::MultipleHeads, format!("there are several heads: {}", ids.join(", ")))
        .with_help("name the one to follow with --head, or join them with `cargo migrate merge`")
        .with_list("candidates", ids)
}

pub(super) fn without_repeats<T: Clone + PartialEq>(words: &[T]) -> Vec<T> {
    let mut kept: Vec<T> = Vec::with_capacity(words.len());
    for word in words {
        if !kept.contains(word) {
            kept.push(word.clone());
        }
    }
    kept
}

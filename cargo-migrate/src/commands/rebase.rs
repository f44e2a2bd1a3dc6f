//! Giving revisions of one's own branch another parent, as long as nobody else has them.

use std::collections::BTreeMap;

use clap::Args;
use migrate_core::{
    Catalog, Code, Error, RevisionId,
    graph::{Graph, Index},
    lock::Lock,
    revision::RevisionFile,
};
use migrate_runtime::cli::Console;
use serde_json::json;

use crate::{files, git, guard::Guard, project::Project, revisions::Revisions, versions};

/// Options of `rebase`.
#[derive(Debug, Args)]
#[command(
    after_help = "Revisions that the main branch has stay where they are: join them with `cargo migrate merge`.

Example:
  cargo migrate rebase 9b1c --onto 3f2a   9b1c, and what it revises on this branch"
)]
pub(crate) struct RebaseArgs {
    /// The revision: with it goes what it revises, as far as the main branch does not have it. What revises it follows.
    revision: String,
    /// The revision to stand on.
    #[arg(long, value_name = "REVISION")]
    onto: String,
    /// The branch whose revisions nobody may move; else the head of `origin`, main or master.
    #[arg(long, value_name = "BRANCH")]
    main: Option<String>,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// A revision that gets another parent.
struct Moved {
    id: RevisionId,
    before: Vec<RevisionId>,
    /// From the folder of migrate.lock.
    file: String,
    text: String,
}

impl RebaseArgs {
    /// Writes the headers, and seals what stands on them anew.
    pub(crate) fn run(&self, project: &Project, console: &Console) -> Result<u8, Error> {
        let guard = Guard::take(&project.migrations, console)?;
        let revisions = Revisions::sealed_under(&guard, project, console)?;
        let graph = revisions.catalog.graph();
        let (revision, onto) =
            (graph.resolve_one(None, &self.revision)?, graph.resolve_one(None, &self.onto)?);
        let (branch, main) = git::on_main(&project.migrations, self.main.as_deref()).map_err(|why| {
            Error::new(Code::Usage, format!("which revisions others have cannot be told: {why}"))
                .with_help("name the branch that everybody has: --main BRANCH")
        })?;
        let roots = roots(graph, (revision, onto), &branch, &main)?;
        let parent = graph.id(onto).clone();
        let mut texts = versions::read_all(&project.versions)?;
        let mut moved = Vec::new();
        for root in roots.into_iter().filter(|root| graph.node(*root).revises != [parent.clone()]) {
            let file = revisions.catalog.file(root).name().to_owned();
            let text = texts.get(&file).cloned().unwrap_or_default();
            let text = with_parent(&file, &text, &parent)?;
            texts.insert(file.clone(), text.clone());
            moved.push(Moved {
                id: graph.id(root).clone(),
                before: graph.node(root).revises.clone(),
                file,
                text,
            });
        }
        let catalog = Catalog::load(texts, project.dialects()).map_err(|error| project.located(&error))?;
        if !self.dry_run {
            write(project, &moved, &catalog, &revisions.lock)?;
        }
        self.report(console, &branch, &parent, &moved);
        Ok(0)
    }

    fn report(&self, console: &Console, branch: &str, parent: &RevisionId, moved: &[Moved]) {
        let words = |ids: &[RevisionId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        if console.is_json() {
            let moved: Vec<_> = moved
                .iter()
                .map(|one| json!({ "revision": one.id.as_str(), "from": words(&one.before), "to": [parent.as_str()] }))
                .collect();
            console.json(&json!({ "dry_run": self.dry_run, "main": branch, "rebased": moved }));
            return;
        }
        if moved.is_empty() {
            console.out(&format!("it stands on {parent} already"));
            return;
        }
        for one in moved {
            let before =
                if one.before.is_empty() { "base".to_owned() } else { words(&one.before).join(", ") };
            let verb = if self.dry_run { "would rebase" } else { "rebased" };
            console.out(&format!("{verb} {}: {before} -> {parent}", one.id));
        }
        console.note("a database that has run what was moved: go down below it there, and up again");
    }
}

/// The first revisions of the branch: they get the new parent.
fn roots(
    graph: &Graph,
    (revision, onto): (Index, Index),
    branch: &str,
    main: &Lock,
) -> Result<Vec<Index>, Error> {
    let id = |index: Index| graph.id(index);
    let is_on_main = |index: Index| main.find(id(index)).is_some();
    if is_on_main(revision) {
        return Err(Error::new(
            Code::Usage,
            format!("revision {} is on {branch}: databases may have run it where it stands", id(revision)),
        )
        .with_help(format!("join the two: `cargo migrate merge {} {}`", id(revision), id(onto)))
        .with_revision(id(revision).as_str()));
    }
    let below_onto = graph.ancestors(&[onto]);
    if below_onto.contains(revision) {
        return Err(Error::new(Code::Usage, format!("{} stands on {} itself", id(onto), id(revision)))
            .with_help("name a revision that does not")
            .with_revision(id(onto).as_str()));
    }
    let mut own: Vec<Index> = vec![revision];
    let mut at = 0;
    while let Some(index) = own.get(at).copied() {
        at += 1;
        let parents = graph.node(index).revises.iter().filter_map(|parent| graph.find(parent));
        for parent in parents {
            if !is_on_main(parent) && !below_onto.contains(parent) && !own.contains(&parent) {
                own.push(parent);
            }
        }
    }
    own.sort_unstable();
    let is_root = |index: &Index| {
        !graph
            .node(*index)
            .revises
            .iter()
            .any(|parent| graph.find(parent).is_some_and(|parent| own.contains(&parent)))
    };
    let roots: Vec<Index> = own.iter().copied().filter(is_root).collect();
    if let Some(merge) = roots.iter().find(|root| graph.node(**root).revises.len() > 1) {
        return Err(Error::new(Code::Usage, format!("revision {} joins several others", id(*merge)))
            .with_help("a merge cannot be rebased: take it away and write it anew")
            .with_revision(id(*merge).as_str()));
    }
    Ok(roots)
}

/// The text with another `Revises`.
fn with_parent(name: &str, text: &str, parent: &RevisionId) -> Result<String, Error> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let end =
        lines.iter().position(|line| line.trim_start().starts_with("-- migrate:")).unwrap_or(lines.len());
    let key = |line: &str, key: &str| {
        let word = line.trim_start_matches('\u{feff}').trim_start().strip_prefix("--").map(str::trim_start);
        let word = word.and_then(|rest| rest.split_once(':')).map(|(word, _)| word.trim_end());
        word.is_some_and(|word| word.eq_ignore_ascii_case(key))
    };
    let ending = |line: &str| line[line.trim_end_matches(['\r', '\n']).len()..].to_owned();
    // The first line is the message, whatever it looks like.
    let find = |wanted: &str| (1..end).rev().find(|at| key(&lines[*at], wanted));
    if let Some(at) = find("Revises") {
        lines[at] = format!("-- Revises: {parent}{}", ending(&lines[at]));
    } else if let Some(at) = find("Revision") {
        let line = format!("-- Revises: {parent}{}", ending(&lines[at]));
        lines.insert(at + 1, line);
    }
    let text: String = lines.concat();
    let is_done =
        RevisionFile::parse(name, text.as_str()).is_ok_and(|file| file.header().revises == [parent.clone()]);
    if is_done {
        return Ok(text);
    }
    Err(Error::new(Code::BrokenRevision, format!("{name}: its line `Revises` cannot be found")).with_help(
        format!("write `-- Revises: {parent}` into the header by hand, and run `cargo migrate lock`"),
    ))
}

/// All files and the lock, or none.
fn write(project: &Project, moved: &[Moved], catalog: &Catalog<'_>, lock: &Lock) -> Result<(), Error> {
    let path = |file: &str| project.migrations.join(file);
    let mut before: BTreeMap<&str, String> = BTreeMap::new();
    let written = moved.iter().try_for_each(|one| {
        before.insert(&one.file, files::read(&path(&one.file), Code::BrokenRevision)?);
        files::replace(&path(&one.file), &one.text)
    });
    let written = written.and_then(|()| files::replace(&project.lock_path(), &catalog.seal(lock).render()));
    if written.is_err() {
        for (file, text) in before {
            let _ = files::replace(&path(file), &text);
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_line_of_the_header_changes() {
        let parent: RevisionId = "bbbb".parse().unwrap();
        let with = |text: &str| with_parent("a.sql", text, &parent).unwrap();
        assert_eq!(
            with(
                "-- Revises: tea\r\n--\r\n-- Revision: cccc\r\n-- revises : aaaa\r\n\r\n-- migrate:up\r\n-- Revises: x\r\n"
            ),
            "-- Revises: tea\r\n--\r\n-- Revision: cccc\r\n-- Revises: bbbb\r\n\r\n-- migrate:up\r\n-- Revises: x\r\n"
        );
        assert_eq!(
            with("-- a base\n-- Revision: cccc\n-- Created: 2026-11-20T08:15:00Z\n\n-- migrate:up\n"),
            "-- a base\n-- Revision: cccc\n-- Revises: bbbb\n-- Created: 2026-11-20T08:15:00Z\n\n-- migrate:up\n"
        );
    }
}

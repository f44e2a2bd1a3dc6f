use clap::Args;
use migrate_core::{
    Code, Error, Label,
    graph::{Graph, Index},
};
use migrate_runtime::cli::Console;

use super::revision::{folder_beside, label, without_repeats};
use crate::{
    guard::Guard,
    message::one_line,
    new_revision::{Body, Draft, choose_id},
    project::Project,
    revisions::Revisions,
};

/// Options of `merge`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo migrate merge -m \"join billing\"          every head
  cargo migrate merge 3f2a billing@head -m \"join\"")]
pub(crate) struct MergeArgs {
    /// The heads to join; all of them unless some are named.
    revisions: Vec<String>,
    /// What the revision does, in one line; else which heads it joins.
    #[arg(short, long, allow_hyphen_values = true)]
    message: Option<String>,
    /// A name for the branch that begins here; may be repeated.
    #[arg(long, value_name = "LABEL", value_parser = label)]
    branch_label: Vec<Label>,
    /// The id to use instead of a random one. Prefixes of it need 4 characters: a shorter id is named in full.
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
}

impl MergeArgs {
    /// Writes the file and seals it.
    pub(crate) fn run(&self, project: &Project, console: &Console) -> Result<u8, Error> {
        let message = self.message.as_deref().map(one_line).transpose()?;
        let guard = Guard::take(&project.migrations, console)?;
        let revisions = Revisions::sealed_under(&guard, project, console)?;
        let graph = revisions.catalog.graph();
        let parents = self.parents(graph)?;
        let folder = parents.iter().find_map(|parent| folder_beside(project, &revisions, *parent));
        let folder = folder.unwrap_or(&project.versions[0]);
        let revises: Vec<_> = parents.iter().map(|index| graph.id(*index).clone()).collect();
        let message = message.unwrap_or_else(|| {
            format!("merge {}", revises.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "))
        });
        let draft = Draft {
            id: choose_id(self.rev_id.as_deref(), &revisions)?,
            message,
            revises,
            depends_on: Vec::new(),
            labels: without_repeats(&self.branch_label),
            folder,
            body: Body::unwritten(project.dialects()),
        };
        let written = draft.write(project, &revisions)?;
        drop(guard);
        written.report(console, None);
        Ok(0)
    }

    /// The heads to join, in the order of the graph.
    fn parents(&self, graph: &Graph) -> Result<Vec<Index>, Error> {
        let mut parents = Vec::new();
        if self.revisions.is_empty() {
            parents = graph.heads();
        }
        for word in &self.revisions {
            // A head that another revision only depends on can be followed like any other.
            parents.extend(if word == "heads" { graph.heads() } else { graph.resolve(None, word)? });
        }
        parents.sort_unstable();
        parents.dedup();
        if let Some(inner) = parents.iter().find(|parent| !graph.is_head(**parent)) {
            let id = graph.id(*inner);
            return Err(Error::new(Code::Usage, format!("revision {id} is not a head"))
                .with_help("name heads: `cargo migrate heads` lists them")
                .with_revision(id.as_str()));
        }
        if parents.len() < 2 {
            let ids = parents.iter().map(|parent| graph.id(*parent).to_string());
            return Err(Error::new(Code::Usage, "a merge needs at least two heads")
                .with_help("`cargo migrate heads` lists them")
                .with_list("heads", ids));
        }
        Ok(parents)
    }
}

//! Commands that show revisions.

use std::fmt::Write as _;

use migrate_core::{
    Code, Error, RevisionId,
    graph::{Graph, Index, State},
};
use serde_json::json;

use super::{App, Console, console::Style, json::revision_json};

/// Options of `current`.
#[derive(Debug, Clone, clap::Args)]
pub struct CurrentArgs {
    /// Show each revision in full.
    #[arg(short, long)]
    verbose: bool,
    /// Exit with 3 unless the database is at the heads.
    #[arg(long)]
    check_heads: bool,
}

/// Options of `heads`.
#[derive(Debug, Clone, clap::Args)]
pub struct HeadsArgs {
    /// Show each revision in full.
    #[arg(short, long)]
    verbose: bool,
    /// Leave out the heads that another revision depends on.
    #[arg(long)]
    resolve_dependencies: bool,
}

/// Options of `branches`.
#[derive(Debug, Clone, clap::Args)]
pub struct BranchesArgs {
    /// Show each revision in full.
    #[arg(short, long)]
    verbose: bool,
}

impl CurrentArgs {
    pub(super) async fn run(&self, app: &App<'_>) -> Result<u8, Error> {
        let rows = app.migrator.current(app.url()?).await?;
        // Whoever may read the version table alone learns what that says.
        let interrupted = app.migrator.interrupted(app.url()?).await.unwrap_or_default();
        let tampered = tampered(app).await;
        let graph = app.versions().graph()?;
        let graph = graph.as_ref();
        let ids: Vec<RevisionId> = rows.iter().filter_map(|row| row.parse().ok()).collect();
        let state = State::lenient(graph, &ids);
        let known: Vec<Index> = ids.iter().filter_map(|id| graph.find(id)).collect();
        let unknown: Vec<&String> = rows
            .iter()
            .filter(|row| row.parse().ok().and_then(|id: RevisionId| graph.find(&id)).is_none())
            .collect();
        let is_current =
            unknown.is_empty() && interrupted.is_none() && tampered.is_none() && state.is_current(graph);
        if app.console.is_json() {
            let mut listed = revisions(app, graph, &known, &rows)?;
            listed
                .extend(unknown.iter().map(|id| json!({ "id": id, "is_current": true, "is_known": false })));
            let interrupted = interrupted.as_ref().map(|step| {
                json!({
                    "revision": step.revision,
                    "direction": step.direction,
                    "statements_done": step.statements_done,
                    "statements_begun": step.statements_begun,
                    "is_in_doubt": step.is_in_doubt,
                    "started": step.started,
                    "who": step.who,
                })
            });
            let tampered = tampered
                .as_ref()
                .map(|error| json!({ "revision": error.revision(), "message": error.message() }));
            app.console.json(&json!({
                "revisions": listed,
                "is_at_heads": is_current,
                "interrupted": interrupted,
                "tampered": tampered,
            }));
        } else {
            print(app, graph, &known, &rows, self.verbose)?;
            for id in unknown {
                app.console.out(&format!("{} (unknown here)", app.console.style(Style::Bad, id)));
            }
            if let Some(step) = &interrupted {
                app.console.out(&app.console.style(Style::Bad, &step.to_string()));
            }
            // Of unknown heads it was said already.
            if let Some(error) = tampered.as_ref().filter(|error| error.revision().is_some()) {
                app.console.out(&app.console.style(Style::Bad, error.message()));
            }
            if rows.is_empty() {
                app.console.note("nothing is applied");
            }
        }
        Ok(if self.check_heads && !is_current { 3 } else { 0 })
    }
}

impl HeadsArgs {
    pub(super) fn run(&self, app: &App<'_>) -> Result<u8, Error> {
        let graph = app.versions().graph()?;
        let heads = if self.resolve_dependencies { graph.effective_heads() } else { graph.heads() };
        list(app, graph.as_ref(), &heads, &[], self.verbose)
    }
}

impl BranchesArgs {
    pub(super) fn run(&self, app: &App<'_>) -> Result<u8, Error> {
        let graph = app.versions().graph()?;
        let graph = graph.as_ref();
        let points = graph.branch_points();
        if app.console.is_json() {
            return list(app, graph, &points, &[], self.verbose);
        }
        for point in points {
            let shown = if self.verbose {
                block(app, graph, point, &[], false)?
            } else {
                line(&app.console, graph, point, &[], None)
            };
            app.console.out(&shown);
            for next in graph.next(point) {
                app.console.out(&format!("  -> {}", line(&app.console, graph, *next, &[], None)));
            }
        }
        Ok(0)
    }
}

/// Why the history of the database is not ours, if that can be told. Whoever may read the version table alone learns
/// only what that says.
pub(super) async fn tampered(app: &App<'_>) -> Option<Error> {
    let error = app.migrator.verify(app.url().ok()?).await.err()?;
    (error.code() == Code::Tampered).then_some(error)
}

pub(super) fn list(
    app: &App<'_>,
    graph: &Graph,
    found: &[Index],
    current: &[String],
    verbose: bool,
) -> Result<u8, Error> {
    if app.console.is_json() {
        app.console.json(&json!({ "revisions": revisions(app, graph, found, current)? }));
    } else {
        print(app, graph, found, current, verbose)?;
    }
    Ok(0)
}

pub(super) fn revisions(
    app: &App<'_>,
    graph: &Graph,
    found: &[Index],
    current: &[String],
) -> Result<Vec<serde_json::Value>, Error> {
    found
        .iter()
        .map(|index| {
            let file = app.versions().file(graph.id(*index).as_str())?;
            Ok(revision_json(graph, *index, file.name(), current))
        })
        .collect()
}

fn print(
    app: &App<'_>,
    graph: &Graph,
    found: &[Index],
    current: &[String],
    verbose: bool,
) -> Result<(), Error> {
    for (at, index) in found.iter().enumerate() {
        if verbose {
            if at > 0 {
                app.console.out("");
            }
            app.console.out(&block(app, graph, *index, current, false)?);
        } else {
            app.console.out(&line(&app.console, graph, *index, current, None));
        }
    }
    Ok(())
}

/// `3f2a9c41d07b (head, billing)  add bio`. A message that leaves the width is cut.
pub(super) fn line(
    console: &Console,
    graph: &Graph,
    index: Index,
    current: &[String],
    width: Option<usize>,
) -> String {
    let node = graph.node(index);
    let mut marks: Vec<String> = Vec::new();
    let is_current = current.iter().any(|id| id == node.id.as_str());
    let facts = [
        (is_current, "current"),
        (graph.is_head(index), "head"),
        (graph.is_branch_point(index), "branch point"),
        (graph.is_merge_point(index), "merge point"),
    ];
    marks.extend(facts.iter().filter(|(holds, _)| *holds).map(|(_, word)| (*word).to_owned()));
    marks.extend(node.labels.iter().map(ToString::to_string));
    let taken = node.id.as_str().len() + 2 + joined(&marks).chars().count();
    if let Some(first) = marks.first_mut().filter(|_| is_current) {
        *first = console.style(Style::Good, first);
    }
    let message = cut(&node.message, width.map(|width| width.saturating_sub(taken)));
    format!("{}{}  {message}", console.style(Style::Revision, node.id.as_str()), joined(&marks))
        .trim_end()
        .to_owned()
}

/// ` (current, head)`; nothing for no marks.
fn joined(marks: &[String]) -> String {
    if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) }
}

/// A text of so many characters at most.
fn cut(text: &str, width: Option<usize>) -> String {
    match width {
        Some(width) if text.chars().count() > width => {
            let kept: String = text.chars().take(width.saturating_sub(3)).collect();
            let dots: String = "...".chars().take(width).collect();
            format!("{}{dots}", kept.trim_end())
        }
        _ => text.to_owned(),
    }
}

/// Everything about a revision, a line for each fact. With the edge, what it revises stands before its id.
pub(super) fn block(
    app: &App<'_>,
    graph: &Graph,
    index: Index,
    current: &[String],
    with_edge: bool,
) -> Result<String, Error> {
    let node = graph.node(index);
    let join = |ids: &[RevisionId]| ids.iter().map(RevisionId::as_str).collect::<Vec<_>>().join(", ");
    let labels = graph.labels(index).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let file = app.versions().file(node.id.as_str())?;
    let revises = if node.revises.is_empty() { "base".to_owned() } else { join(&node.revises) };
    let edge = if with_edge { format!("{revises} -> ") } else { String::new() };
    let mut facts = vec![
        ("Revises", if with_edge { String::new() } else { revises }),
        ("Depends on", join(&node.depends_on)),
        ("Labels", labels),
        ("Created", node.created.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("File", file.name().to_owned()),
        ("Irreversible", node.irreversible.clone().unwrap_or_default()),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    let mut text = format!("Revision      {edge}{}", line(&app.console, graph, index, current, None));
    for (name, value) in facts {
        let _ = write!(text, "\n{name:<13} {value}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_where_it_leaves_the_line() {
        assert_eq!(cut("add bio", None), "add bio");
        assert_eq!(cut("add bio", Some(7)), "add bio");
        assert_eq!(cut("é bio to users", Some(8)), "é bio...");
        assert_eq!(cut("add bio to users", Some(2)), "..");
        assert_eq!(cut("add bio", Some(0)), "");
    }
}

use migrate_core::graph::{Graph, Index};
use serde_json::{Value, json};

use super::script::Shown;
use crate::Report;

/// A revision as JSON, in the shape that every command uses. `file` is its file; `current` are the heads of the
/// database, if it was asked.
pub fn revision_json(graph: &Graph, index: Index, file: &str, current: &[String]) -> Value {
    let node = graph.node(index);
    let words = |ids: &[migrate_core::RevisionId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({
        "id": node.id.as_str(),
        "message": node.message,
        "revises": words(&node.revises),
        "depends_on": words(&node.depends_on),
        "labels": graph.labels(index).iter().map(ToString::to_string).collect::<Vec<_>>(),
        "created": node.created.as_ref().map(ToString::to_string),
        "file": file,
        "is_head": graph.is_head(index),
        "is_base": graph.is_base(index),
        "is_branch_point": graph.is_branch_point(index),
        "is_merge_point": graph.is_merge_point(index),
        "is_current": current.iter().any(|id| id == node.id.as_str()),
    })
}

/// A report; with `scripts`, one for each step, what it runs is in `sql`.
pub(super) fn report_json(report: &Report, scripts: Option<&[Vec<Shown>]>) -> Value {
    let steps: Vec<_> = report
        .steps
        .iter()
        .enumerate()
        .map(|(at, step)| {
            let mut object = json!({
                "revision": step.revision,
                "direction": step.direction.as_str(),
                "statements": step.statements,
                "duration_ms": u64::try_from(step.duration.as_millis()).unwrap_or(u64::MAX),
            });
            if let Some(script) = scripts.and_then(|scripts| scripts.get(at)) {
                object["sql"] = script.iter().map(|shown| shown.sql.as_str()).collect();
                object["reviews"] = script.iter().flat_map(|shown| &shown.reviews).cloned().collect();
            }
            object
        })
        .collect();
    json!({
        "dialect": report.dialect.name(),
        "dry_run": report.dry_run,
        "from": report.from,
        "to": report.to,
        "steps": steps,
    })
}

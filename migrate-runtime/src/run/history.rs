//! Whether the history that a database has run is ours.

use std::collections::BTreeMap;

use migrate_core::{
    Code, Dialect, Error, RevisionId,
    graph::{Graph, Index, Set, State},
};

use super::{Rows, Run, ids, words};
use crate::{event::Event, journal::INTERRUPTED, settings::NewerDatabase};

impl Run<'_> {
    /// The state of the database in the graph, if its history is ours.
    pub(super) async fn state(
        &mut self,
        graph: &Graph,
        dialect: Dialect,
        rows: &Rows,
        strict: bool,
    ) -> Result<State, Error> {
        let ids = ids(rows)?;
        let state = match State::new(graph, &ids) {
            Ok(state) => state,
            Err(error) if error.code() == Code::DatabaseAhead => {
                return Err(self.explain_unknown(graph, rows, error).await);
            }
            Err(error) => return Err(error),
        };
        for (revision, lineage) in rows {
            if lineage == INTERRUPTED {
                if strict {
                    return Err(interrupted_way_back(revision, self.has_entered));
                }
                // The downgrade goes on with it.
                continue;
            }
            let is_known = self.versions.seal(revision, dialect).is_some();
            if is_known && !self.is_intact(graph, dialect, rows, &(revision.clone(), lineage.clone())).await?
            {
                let error = self.tampered(graph, dialect, revision).await;
                if strict {
                    return Err(error);
                }
                if self.way_out.is_none() {
                    self.settings.tell(&Event::Warning { message: error.message() });
                    self.way_out = error.help().map(str::to_owned);
                }
            }
        }
        Ok(state)
    }

    /// Which revision was edited after it ran, as far as the journal can tell.
    pub(super) async fn tampered(&mut self, graph: &Graph, dialect: Dialect, head: &str) -> Error {
        let done = self.done().await.unwrap_or_default();
        let Some((index, row)) = self.edited(graph, dialect, &done).into_iter().next() else {
            return unproved(head);
        };
        let was_stamped = matches!(evidence(graph, &done).get(&index), Some(Evidence::Stamped { .. }));
        let (ran_nothing, revision) = (ran_nothing(row), row[0].clone());
        let file = self.versions.file(&revision).map(|file| file.name().to_owned()).unwrap_or_default();
        let undo = format!("undo the edit of {file} and write a new revision instead");
        if was_stamped {
            // Perhaps it was accepted, and what differs is elsewhere.
            let help = format!("{undo}; or `stamp {head}`, where this database has what the files say now");
            return Error::new(Code::Tampered, edited_since(row)).with_help(help).with_revision(revision);
        }
        // Below a revision that others follow, a stamp would forget what those did.
        let is_last = revision == head;
        let help = match revision.parse().ok().and_then(|id| below(graph, graph.find(&id)?)) {
            None => undo,
            Some((_, stamp)) if ran_nothing && is_last => format!(
                "nothing of it is in this database: `stamp {stamp}` says so, and `upgrade` runs it as it is now; or {undo}"
            ),
            Some((downgrade, stamp)) => {
                let or = format!(" (or `stamp {stamp}`, where its effects are not there)");
                let or = if is_last { or.as_str() } else { "" };
                format!("{undo}; on a development database: `downgrade {downgrade}`, then `upgrade`{or}")
            }
        };
        Error::new(Code::Tampered, edited_since(row)).with_help(help).with_revision(revision)
    }

    /// The revisions that are there, but ran otherwise than the files have them; each with the journal's row of that. A
    /// stamp since may have accepted an edit: behind one, only a single suspect is one.
    fn edited<'d>(&self, graph: &Graph, dialect: Dialect, done: &'d [Done]) -> Vec<(Index, &'d Done)> {
        let evidence = evidence(graph, done);
        let (mut ran, mut stamped) = (Vec::new(), Vec::new());
        for (index, node) in graph.iter() {
            let id = node.id.as_str();
            let Some(last) = done.iter().rev().find(|row| row[0] == id && row[1] == "up") else { continue };
            let was = last[2].trim_end();
            if was.is_empty() || self.versions.is_checksum(id, dialect, was) {
                continue;
            }
            match evidence.get(&index) {
                Some(Evidence::Ran(_)) => ran.push((index, last)),
                Some(Evidence::Stamped { .. }) => stamped.push((index, last)),
                None => {}
            }
        }
        if ran.is_empty() && stamped.len() == 1 { stamped } else { ran }
    }

    /// What a stamp to these heads accepts: how what the database has run differs from the files below them. A line for
    /// each revision.
    pub(super) async fn accepted(
        &mut self,
        graph: &Graph,
        dialect: Dialect,
        rows: &Rows,
        to: &[RevisionId],
    ) -> Result<Vec<String>, Error> {
        let Some(doubts) = self.doubts(graph, dialect, rows).await? else { return Ok(Vec::new()) };
        let find = |ids: &mut dyn Iterator<Item = &RevisionId>| -> Vec<Index> {
            ids.filter_map(|id| graph.find(id)).collect()
        };
        let known: Vec<RevisionId> = rows.iter().filter_map(|(id, _)| id.parse().ok()).collect();
        let mut kept = graph.ancestors(&find(&mut to.iter()));
        kept.intersect_with(&graph.ancestors(&find(&mut known.iter())));
        kept.difference_with(&doubts.untouched);
        if kept.is_empty() {
            return Ok(Vec::new());
        }
        let done = self.done().await?;
        let edited = self.edited(graph, dialect, &done).into_iter();
        let told: Vec<_> =
            edited.filter(|(index, _)| kept.contains(*index)).map(|(_, row)| edited_since(row)).collect();
        if !told.is_empty() {
            return Ok(told);
        }
        let top = kept.iter().next_back().map(|index| graph.id(index).to_string()).unwrap_or_default();
        Ok(vec![format!(
            "nothing proves that this database has run the history up to revision {top} as the files have it"
        )])
    }

    /// A failure of a way back that was begun although the history is not ours, with what to do about that.
    pub(super) fn with_way_out(&self, error: Error) -> Error {
        let Some(way_out) = self.way_out.as_ref().filter(|_| error.code() == Code::StatementFailed) else {
            return error;
        };
        let way_out = format!("what ran on this database is not what the files say: {way_out}");
        error.with_more_help(way_out)
    }

    pub(super) async fn explain_unknown(&mut self, graph: &Graph, rows: &Rows, error: Error) -> Error {
        let unknown: Vec<_> = rows
            .iter()
            .map(|(id, _)| id.as_str())
            .filter(|id| id.parse().is_ok_and(|id: RevisionId| graph.find(&id).is_none()))
            .collect();
        let listed = unknown.join(", ");
        let error = if self.has_all_of_ours(graph).await.unwrap_or(false) {
            Error::new(
                Code::DatabaseAhead,
                format!("the database is ahead of this program: a newer release has applied {listed}"),
            )
            .with_help(
                "run the newer release; or, if this one works with the newer schema, say so with \
                 `Migrator::newer_database(NewerDatabase::Accept)`",
            )
        } else {
            Error::new(error.code(), format!("the database has revisions that are not here: {listed}")).with_help(
                "is this the right database, and is the versions folder complete? `stamp --purge` overwrites what the \
                 database says",
            )
        };
        error.with_list("unknown", unknown)
    }

    /// Revision, direction, checksum, time, operator, number of statements and the word of a stamp of what was done,
    /// oldest first.
    pub(super) async fn done(&mut self) -> Result<Vec<Done>, Error> {
        let sql = self.journal().done();
        let rows = self.session.query(&sql).await.map_err(|error| error.own("reading the journal"))?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let mut cells = row.into_iter().map(Option::unwrap_or_default);
                std::array::from_fn(|_| cells.next().unwrap_or_default())
            })
            .collect())
    }

    /// Whether the journal shows every revision of this program as applied.
    pub(super) async fn has_all_of_ours(&mut self, graph: &Graph) -> Result<bool, Error> {
        Ok(evidence(graph, &self.done().await?).len() == graph.len())
    }

    /// Whether a database with this error is one that a newer release has migrated, and the settings accept that.
    pub(super) async fn accepts_newer(&mut self, graph: &Graph, error: &Error) -> Result<bool, Error> {
        let accepts = error.code() == Code::DatabaseAhead
            && self.settings.newer == NewerDatabase::Accept
            && self.has_all_of_ours(graph).await?;
        if accepts {
            self.settings.tell(&Event::Warning { message: error.message() });
        }
        Ok(accepts)
    }

    /// For a database whose history is not ours, or not whole: what the journal knows of it. None if all is well.
    pub(super) async fn doubts(
        &mut self,
        graph: &Graph,
        dialect: Dialect,
        rows: &Rows,
    ) -> Result<Option<Doubts>, Error> {
        if rows.iter().all(|(id, lineage)| self.versions.is_lineage(id, dialect, lineage)) {
            return Ok(None);
        }
        let done = self.done().await?;
        let evidence = evidence(graph, &done);
        let heads: Vec<_> = rows.iter().filter_map(|(id, _)| graph.find(&id.parse().ok()?)).collect();
        if heads.iter().any(|head| !evidence.contains_key(head)) {
            // The journal does not reach back to what the version table says: it proves nothing.
            return Ok(Some(Doubts { applied: graph.ancestors(&heads), untouched: Set::default() }));
        }
        let mut doubts = Doubts { applied: evidence.keys().copied().collect(), untouched: Set::default() };
        for (index, node) in graph.iter() {
            let is_same = match evidence.get(&index) {
                None => false,
                Some(Evidence::Ran(checksum)) => {
                    checksum.is_empty() || self.versions.is_checksum(node.id.as_str(), dialect, checksum)
                }
                // What a stamp accepts is not run: an edit that is undone since is what ran before it.
                Some(Evidence::Stamped { head, lineage, ran }) => {
                    lineage.is_empty()
                        || self.versions.is_lineage(head, dialect, lineage)
                        || ran.as_ref().is_some_and(|checksum| {
                            self.versions.is_checksum(node.id.as_str(), dialect, checksum)
                        })
                }
            };
            if is_same && graph.parents(index).iter().all(|parent| doubts.untouched.contains(*parent)) {
                doubts.untouched.insert(index);
            }
        }
        Ok(Some(doubts))
    }

    /// Whether a head of the database is, with all below it, what the files say. A head that was marked because of an
    /// edit below it is so again when the edit is undone.
    pub(super) async fn is_intact(
        &mut self,
        graph: &Graph,
        dialect: Dialect,
        rows: &Rows,
        (id, lineage): &(String, String),
    ) -> Result<bool, Error> {
        if self.versions.is_lineage(id, dialect, lineage) {
            return Ok(true);
        }
        if lineage != TAMPERED {
            return Ok(false);
        }
        let index = id.parse().ok().and_then(|id: RevisionId| graph.find(&id));
        let doubts = self.doubts(graph, dialect, rows).await?;
        Ok(doubts.is_some_and(|doubts| index.is_some_and(|index| doubts.untouched.contains(index))))
    }
}

/// The error for a head whose history is another, where nobody can say which revision was edited. The file may be as
/// innocent as any below it, and going back would only put the question to the next one.
fn unproved(head: &str) -> Error {
    Error::new(
        Code::Tampered,
        format!(
            "the history up to revision {head} is not the one that this database has run: a revision was edited or \
             re-parented, and the journal does not say which"
        ),
    )
    .with_help(format!(
        "where this database has what the files up to {head} say, `stamp {head}` writes that down; otherwise undo what was \
         changed in them"
    ))
    .with_revision(head)
}

/// A row of the journal, see [`Run::done`].
type Done = [String; 7];

/// That a revision is not what it was when this row was written.
fn edited_since(row: &Done) -> String {
    let then = if ran_nothing(row) { "; it had no statement then" } else { "" };
    format!(
        "revision {} was edited after this database had run it (at {}, by {}{then})",
        row[0], row[3], row[4]
    )
}

fn ran_nothing(row: &Done) -> bool {
    row[5] == "0"
}

/// What a downgrade and a stamp call the place below a revision.
fn below(graph: &Graph, index: Index) -> Option<(String, String)> {
    let node = graph.node(index);
    let bases = graph.iter().filter(|(_, node)| node.revises.is_empty()).count();
    Some(match node.revises.as_slice() {
        [] if bases > 1 => (format!("{}@base", node.id), format!("{}@base", node.id)),
        [] => ("base".to_owned(), "base".to_owned()),
        // The way back to one parent takes a merge apart, and leaves the others.
        parents => (parents.first()?.to_string(), words(parents).join(" ")),
    })
}

/// The error for a database that is between two revisions. Who holds the lock knows that nobody works on it any more.
pub(super) fn interrupted_way_back(revision: &str, has_lock: bool) -> Error {
    let (how, help) = if has_lock {
        ("stopped half way", "run the downgrade again to finish it, or `stamp` to say where the database is")
    } else {
        (
            "is under way, or stopped half way",
            "wait until it is done; if nobody works on it, run the downgrade again to finish it, or `stamp` to say where \
             the database is",
        )
    };
    Error::new(Code::Interrupted, format!("the way back of revision {revision} {how}"))
        .with_help(help)
        .with_revision(revision)
}

/// What the journal knows of a history that is not ours.
pub(super) struct Doubts {
    /// The revisions that have run, or were stamped.
    pub(super) applied: Set,
    /// Those of them that are, with all their ancestors, what has run.
    pub(super) untouched: Set,
}

/// The lineage of a head below which something was edited: no seal is like it, so that going back and up again does not
/// make the edit unseen.
pub(super) const TAMPERED: &str = "tampered";

/// How the journal knows that a revision is applied.
enum Evidence {
    /// It ran, with this checksum.
    Ran(String),
    /// A stamp said so.
    Stamped {
        /// The head that it was for.
        head: String,
        /// The lineage of that, which it vouched for.
        lineage: String,
        /// The checksum with which the revision had run by then.
        ran: Option<String>,
    },
}

impl Evidence {
    fn ran(self) -> Option<String> {
        match self {
            Self::Ran(checksum) => Some(checksum).filter(|checksum| !checksum.is_empty()),
            Self::Stamped { ran, .. } => ran,
        }
    }
}

/// What the journal's rows come to: the revisions that are applied, and how that is known.
fn evidence(graph: &Graph, done: &[Done]) -> BTreeMap<Index, Evidence> {
    let mut evidence: BTreeMap<Index, Evidence> = BTreeMap::new();
    let mut stamp: Option<&str> = None;
    let mut before: BTreeMap<Index, Evidence> = BTreeMap::new();
    for [revision, direction, checksum, .., word] in done {
        let index = revision.parse().ok().and_then(|id: RevisionId| graph.find(&id));
        if direction == "stamp" {
            // The rows of one stamp are all that is applied then.
            if stamp.replace(word) != Some(word) {
                before = std::mem::take(&mut evidence);
            }
            for below in index.map(|index| graph.ancestors(&[index])).unwrap_or_default().iter() {
                let known = before.remove(&below).or_else(|| evidence.remove(&below));
                evidence.insert(
                    below,
                    Evidence::Stamped {
                        head: revision.clone(),
                        lineage: checksum.trim_end().to_owned(),
                        ran: known.and_then(Evidence::ran),
                    },
                );
            }
            continue;
        }
        stamp = None;
        let Some(index) = index else { continue };
        if direction == "up" {
            evidence.insert(index, Evidence::Ran(checksum.trim_end().to_owned()));
        } else if direction == "down" {
            evidence.remove(&index);
        }
    }
    evidence
}

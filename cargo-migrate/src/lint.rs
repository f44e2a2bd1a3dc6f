//! What can be seen of the revisions without a database: for whoever reviews a change, and for CI.

use migrate_core::{
    Catalog, Code, Dialect, Error,
    graph::Index,
    lock::Lock,
    revision::{RevisionFile, Side},
};
use serde_json::{Value, json};

use crate::revisions::Change;

/// Something about the revisions.
#[derive(Debug)]
pub(crate) struct Finding {
    code: &'static str,
    /// None for what is about several.
    revision: Option<String>,
    file: Option<String>,
    message: String,
    help: Option<String>,
    /// Whether it has to be mended. Otherwise it is only good to know.
    pub(crate) is_wrong: bool,
}

impl Finding {
    fn of(error: &Error, file: &str, revision: &str) -> Self {
        Self {
            code: error.code().name(),
            revision: Some(revision.to_owned()),
            file: Some(file.to_owned()),
            message: error.message().to_owned(),
            help: error.help().map(str::to_owned),
            is_wrong: true,
        }
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let place = self.file.as_ref().map(|file| format!("{file}: ")).unwrap_or_default();
        format!("{place}{} [{}]", self.message, self.code)
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// With the file as it is found from here.
    pub(crate) fn located(mut self, shown: impl Fn(&str) -> String) -> Self {
        self.file = self.file.map(|file| shown(&file));
        self
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "code": self.code,
            "revision": self.revision,
            "file": self.file,
            "message": self.message,
            "help": self.help,
            "is_wrong": self.is_wrong,
        })
    }
}

/// Everything about the revisions, in their order; what is about all of them first.
pub(crate) fn findings(catalog: &Catalog<'_>, lock: &Lock) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(several_heads(catalog));
    findings.extend(catalog.compare(lock).iter().map(|difference| {
        let id = difference.revision();
        let file = catalog.graph().find(id).map(|index| catalog.file(index).name().to_owned());
        Finding {
            code: Code::NotSealed.name(),
            revision: Some(id.to_string()),
            file,
            message: format!("migrate.lock does not have it: {}", Change::of(difference).line(catalog)),
            help: Some("run `cargo migrate lock`, and commit migrate.lock with the revision".to_owned()),
            is_wrong: true,
        }
    }));
    for (index, _) in catalog.graph().iter() {
        findings.extend(of_revision(catalog, index));
    }
    findings
}

fn several_heads(catalog: &Catalog<'_>) -> Option<Finding> {
    let graph = catalog.graph();
    let heads: Vec<_> = graph.effective_heads().iter().map(|head| graph.id(*head).to_string()).collect();
    (heads.len() > 1).then(|| Finding {
        code: Code::MultipleHeads.name(),
        revision: None,
        file: None,
        message: format!("there are {} heads: {}", heads.len(), heads.join(", ")),
        help: Some(
            "join them: `cargo migrate merge heads`; or put one branch on the other: `cargo migrate rebase`"
                .to_owned(),
        ),
        is_wrong: true,
    })
}

fn of_revision(catalog: &Catalog<'_>, index: Index) -> Vec<Finding> {
    let (file, dialects) = (catalog.file(index), catalog.dialects());
    let id = catalog.graph().id(index).as_str();
    let mut findings = Vec::new();
    let mut wrong = |error: &Error| findings.push(Finding::of(error, file.name(), id));
    if let Err(error) = file.require_written(dialects) {
        wrong(&error);
    }
    for (dialect, side) in dialects.iter().flat_map(|dialect| [(*dialect, Side::Up), (*dialect, Side::Down)])
    {
        if let Err(error) = file.require_nothing_unwritten(dialect, side) {
            wrong(&error);
        }
        // A way back that is refused on purpose is told below.
        if let Err(error) = file.script(dialect, side).map(drop)
            && error.code() != Code::Irreversible
        {
            wrong(&error);
        }
    }
    let mut known = |code, message: String, help: &str| {
        findings.push(Finding {
            code,
            revision: Some(id.to_owned()),
            file: Some(file.name().to_owned()),
            message,
            help: Some(help.to_owned()),
            is_wrong: false,
        });
    };
    if let Some(reason) = file.irreversible() {
        known(
            Code::Irreversible.name(),
            format!("revision {id} cannot be taken back: {reason}"),
            "a downgrade through it is refused",
        );
    }
    let empty: Vec<_> =
        dialects.iter().filter(|dialect| is_one_way(file, **dialect)).map(|one| one.name()).collect();
    if !empty.is_empty() {
        let whom =
            if empty.len() < dialects.len() { format!(" for {}", empty.join(", ")) } else { String::new() };
        known(
            "empty-way-back",
            format!("revision {id}: the way back is empty{whom}"),
            "write it, or `-- migrate:irreversible REASON`",
        );
    }
    findings
}

/// Whether there is something to do, and nothing to undo it. With a down section: without one, the way back is refused anyway.
pub(crate) fn is_one_way(file: &RevisionFile<'_>, dialect: Dialect) -> bool {
    let is_empty = |side| file.script(dialect, side).map(|script| script.is_empty());
    matches!((is_empty(Side::Up), is_empty(Side::Down)), (Ok(false), Ok(true)))
}

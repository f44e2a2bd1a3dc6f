//! Writing a new revision: rendered, checked with all others, written, sealed.

use std::path::{Path, PathBuf};

use jiff::{Unit, Zoned, tz::TimeZone};
use migrate_core::{
    Catalog, Code, Dialect, Difference, Error, Label, RevisionId,
    graph::Index,
    lock::Lock,
    revision::{Header, RevisionFile, Side, Step},
    sql::canonical,
};
use migrate_runtime::cli::{Console, revision_json};
use minijinja::context;
use serde_json::{Value, json};

use crate::{
    autogenerate::{section_sql, unwritten_sql},
    ddl::Statement,
    files, hooks,
    paths::shown,
    project::{Project, VersionsFolder},
    revisions::Revisions,
    slug::slug,
    template::{self, REVISION_TEMPLATE},
    versions,
};

/// What a new revision will say.
#[derive(Debug)]
pub(crate) struct Draft<'p> {
    pub(crate) id: RevisionId,
    /// One line.
    pub(crate) message: String,
    pub(crate) revises: Vec<RevisionId>,
    pub(crate) depends_on: Vec<RevisionId>,
    pub(crate) labels: Vec<Label>,
    pub(crate) folder: &'p VersionsFolder,
    /// What it does and undoes; empty sections for every dialect where nothing was generated.
    pub(crate) body: Body,
}

/// The sections of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Body {
    pub(crate) up: Vec<SectionText>,
    pub(crate) down: Vec<SectionText>,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SectionText {
    /// Behind `-- migrate:up`: empty, or like ` postgres`.
    pub(crate) words: String,
    /// With a line break at its end, or empty.
    pub(crate) sql: String,
    /// The engine that runs it.
    dialect: Dialect,
    /// What it is made of, each to be read back as it is.
    statements: Vec<String>,
}

/// A section to be: its text, and the statements that are in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) sql: String,
    pub(crate) statements: Vec<String>,
}

impl Part {
    /// What was generated.
    pub(crate) fn generated(dialect: Dialect, statements: &[Statement], unwritten: &[String]) -> Self {
        let statements_of = statements.iter().map(|statement| statement.sql.clone());
        let (places, sql) = (unwritten_sql(unwritten), section_sql(dialect, statements));
        let between = if places.is_empty() || sql.is_empty() { "" } else { "\n" };
        Self { sql: format!("{places}{between}{sql}"), statements: statements_of.collect() }
    }

    /// For a revision that is meant to do nothing: one without a statement counts as not written yet.
    pub(crate) fn nothing() -> Self {
        Self { sql: "-- nothing differs\nSELECT 1;\n".to_owned(), statements: Vec::new() }
    }
}

impl Body {
    /// Sections for a human to write: one, or one for each of several dialects.
    pub(crate) fn unwritten(dialects: &[Dialect]) -> Self {
        Self::of(dialects.iter().map(|dialect| (*dialect, Part::default(), Part::default())))
    }

    /// Sections with what goes up and down for each dialect.
    pub(crate) fn of(texts: impl ExactSizeIterator<Item = (Dialect, Part, Part)>) -> Self {
        let is_only = texts.len() == 1;
        let mut body = Self { up: Vec::new(), down: Vec::new() };
        for (dialect, up, down) in texts {
            let words = if is_only { String::new() } else { format!(" {dialect}") };
            let text = |words, part: Part| SectionText {
                words,
                sql: part.sql,
                dialect,
                statements: part.statements,
            };
            body.up.push(text(words.clone(), up));
            body.down.push(text(words, down));
        }
        body
    }

    fn sections(&self) -> impl Iterator<Item = &SectionText> {
        self.up.iter().chain(&self.down)
    }
}

impl SectionText {
    /// Refuses a file in which the generated statements are not read back as they are.
    fn require_in(&self, file: &RevisionFile<'_>, side: Side) -> Result<(), Error> {
        if self.statements.is_empty() {
            return Ok(());
        }
        let one_text = |statements: &mut dyn Iterator<Item = &str>| -> String {
            let texts: Vec<String> = statements.map(|sql| canonical(self.dialect, sql)).collect();
            let pieces = texts.iter().flat_map(|text| text.split(';')).map(str::trim);
            pieces.filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(";")
        };
        let written = one_text(&mut self.statements.iter().map(String::as_str));
        let read = file.script(self.dialect, side).map(|script| {
            one_text(&mut script.steps().filter_map(|step| match step {
                Step::Statement(statement) => Some(statement.sql.as_str()),
                Step::Call(_) => None,
            }))
        });
        if read.is_ok_and(|read| read.contains(&written)) {
            return Ok(());
        }
        let is_odd = |statement: &&String| statement.lines().any(|line| line.contains("migrate:"));
        let statement = self.statements.iter().find(is_odd).or(self.statements.first());
        let first = statement.and_then(|statement| statement.lines().next()).unwrap_or_default();
        Err(Error::new(
            Code::Unsupported,
            format!("a generated statement cannot be written into a revision: `{}`", first.escape_debug()),
        )
        .with_help(
            "a line `-- migrate:begin` or `-- migrate:end` in a text of it is taken for one of the revision's own: change \
             the text",
        ))
    }
}

/// A revision that was written.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) path: PathBuf,
    catalog: Catalog<'static>,
    index: Index,
}

/// The id that was asked for, if it is free; else a random one.
///
/// # Errors
/// [`Code::InvalidIdentifier`], [`Code::DuplicateRevision`], [`Code::Io`] if the system has no randomness.
pub(crate) fn choose_id(asked: Option<&str>, revisions: &Revisions) -> Result<RevisionId, Error> {
    let is_taken = |id: &RevisionId| revisions.catalog.graph().find(id).is_some();
    if let Some(word) = asked {
        let id: RevisionId = word.parse()?;
        if is_taken(&id) {
            return Err(Error::new(Code::DuplicateRevision, format!("revision {id} exists already"))
                .with_help("choose another id, or leave --rev-id out")
                .with_revision(id.as_str()));
        }
        return Ok(id);
    }
    loop {
        let random = getrandom::u64()
            .map_err(|error| Error::new(Code::Io, format!("the system gives no random numbers: {error}")))?;
        // 12 digits.
        let id: RevisionId = format!("{:012x}", random >> 16).parse()?;
        if !is_taken(&id) {
            return Ok(id);
        }
    }
}

impl Draft<'_> {
    /// Writes the file and seals it; if that fails, there is no file.
    ///
    /// # Errors
    /// What is wrong with the revision among the others; [`Code::NotSealed`] for another that changed meanwhile;
    /// [`Code::AlreadyExists`], [`Code::Io`],
    /// [`Code::InvalidConfiguration`] for a template that does not give such a revision.
    pub(crate) fn write(&self, project: &Project, revisions: &Revisions) -> Result<Written, Error> {
        let created = created(&project.config.timezone)?;
        let file_name = project
            .config
            .file_template
            .file_name(&created, &self.id, &slug(&self.message))
            .map_err(|why| Error::new(Code::InvalidConfiguration, format!("`file_template` {why}")))?;
        let name = format!("{}/{file_name}", self.folder.from_lock);
        let path = self.folder.path.join(file_name);
        let text = self.render(project, &name, &rfc_3339(&created))?;

        let mut texts = versions::read_all(&project.versions)?;
        texts.insert(name, text.clone());
        let catalog = Catalog::load(texts, project.dialects()).map_err(|error| project.located(&error))?;
        let index = catalog.graph().find(&self.id).ok_or_else(|| {
            Error::new(Code::UnknownRevision, format!("revision {} is not among the others", self.id))
        })?;
        self.require_no_other_change(&catalog, &revisions.lock).map_err(|error| project.located(&error))?;

        files::create(&path, &text)?;
        let sealed = self.finish(project, &path, catalog, index).and_then(|(catalog, index)| {
            files::replace(&project.lock_path(), &catalog.seal(&revisions.lock).render())?;
            Ok((catalog, index))
        });
        match sealed {
            Ok((catalog, index)) => Ok(Written { path, catalog, index }),
            Err(error) => {
                let _ = std::fs::remove_file(&path);
                Err(error)
            }
        }
    }

    /// Runs the project's commands on the file, and reads what they have made of it.
    fn finish(
        &self,
        project: &Project,
        path: &Path,
        catalog: Catalog<'static>,
        index: Index,
    ) -> Result<(Catalog<'static>, Index), Error> {
        if project.config.hooks.is_empty() {
            return Ok((catalog, index));
        }
        hooks::run(&project.config.hooks, &project.folder, path)?;
        let spoilt = |why: String| {
            Error::new(Code::HookFailed, format!("the hooks have spoilt the new revision: {why}"))
                .with_help("nothing was written; mend `post_write` under [hooks] in migrate.toml")
        };
        let catalog = Catalog::load(versions::read_all(&project.versions)?, project.dialects())
            .map_err(|error| spoilt(project.located(&error).message().to_owned()))?;
        let index = catalog.graph().find(&self.id);
        let index = index.filter(|index| self.is(catalog.file(*index).header()));
        let index = index.ok_or_else(|| spoilt("its header says something else".to_owned()))?;
        Ok((catalog, index))
    }

    /// The files were read anew: what somebody saved since they were checked is not to be sealed unseen.
    fn require_no_other_change(&self, catalog: &Catalog<'_>, lock: &Lock) -> Result<(), Error> {
        let differences = catalog.compare(lock);
        let is_own = |difference: &Difference| matches!(difference, Difference::Added(id) if *id == self.id);
        let Some(other) = differences.iter().find(|difference| !is_own(difference)) else { return Ok(()) };
        let id = other.revision();
        let found = catalog.graph().find(id).map(|index| catalog.file(index).name());
        let file = found.or_else(|| lock.find(id).map(|sealed| sealed.file.as_str())).unwrap_or_default();
        let message = format!("{file}: revision {id} changed while the new one was being written");
        Err(Error::new(Code::NotSealed, message)
            .with_help("nothing was written; run the command again")
            .with_revision(id.as_str()))
    }

    fn render(&self, project: &Project, name: &str, created: &str) -> Result<String, Error> {
        let path = project.migrations.join(REVISION_TEMPLATE);
        let own = files::read_if_there(&path, Code::InvalidConfiguration)?;
        let template = own.as_deref().unwrap_or(template::default_revision());
        let words = |ids: &[RevisionId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        let context = context! {
            message => &self.message,
            header => self.header_lines(created),
            id => self.id.as_str(),
            revises => words(&self.revises),
            depends_on => words(&self.depends_on),
            labels => self.labels.iter().map(ToString::to_string).collect::<Vec<_>>(),
            created => created,
            dialects => project.dialects().iter().map(|dialect| dialect.name()).collect::<Vec<_>>(),
            x => &project.arguments,
            up => sections(&self.body.up),
            down => sections(&self.body.down),
        };
        let text = template::render(&shown(&path), template, &context)?;
        let text = format!("{}\n", text.trim_end());
        let unsound = |why: &str| {
            Error::new(Code::InvalidConfiguration, format!("{}: what it renders {why}", shown(&path)))
                .with_help("bring the lines `-- {{ message }}` and `-- {{ line }}` for each of `header` back to its top")
        };
        let rendered = RevisionFile::parse(name, text.as_str())
            .map_err(|error| unsound(&format!("cannot be read back: {}", error.message())))?;
        if !self.is(rendered.header()) {
            return Err(unsound("is not read back as this revision"));
        }
        if self.body.sections().any(|section| !text.contains(section.sql.trim_end())) {
            return Err(Error::new(
                Code::InvalidConfiguration,
                format!("{}: it leaves out what was generated", shown(&path)),
            )
            .with_help("write `{% for section in up %}` with `-- migrate:up{{ section.words }}` and `{{ section.sql }}`, and the same for down"));
        }
        let sides = [(Side::Up, &self.body.up), (Side::Down, &self.body.down)];
        for (side, sections) in sides {
            sections.iter().try_for_each(|section| section.require_in(&rendered, side))?;
        }
        Ok(text)
    }

    /// The `Key: value` lines of the header. A message that begins like one of them (`Labels: ...`) is told from it by
    /// the line itself, so that is there even if it is empty.
    fn header_lines(&self, created: &str) -> Vec<String> {
        let first = self.message.split_once(':').map_or("", |(word, _)| word);
        let list = |key: &str, words: Vec<&str>| {
            let is_needed = !words.is_empty() || first.eq_ignore_ascii_case(key);
            is_needed.then(|| format!("{key}: {}", words.join(", ")).trim_end().to_owned())
        };
        let ids = |ids: &[RevisionId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (revises, depends_on) = (ids(&self.revises), ids(&self.depends_on));
        let lines = [
            Some(format!("Revision: {}", self.id)),
            list("Revises", revises.iter().map(String::as_str).collect()),
            Some(format!("Created: {created}")),
            list("Labels", self.labels.iter().map(Label::as_str).collect()),
            list("Depends-On", depends_on.iter().map(String::as_str).collect()),
        ];
        lines.into_iter().flatten().collect()
    }

    fn is(&self, header: &Header) -> bool {
        header.id == self.id
            && header.message == self.message
            && header.revises == self.revises
            && header.depends_on == self.depends_on
            && header.labels == self.labels
    }
}

impl Written {
    /// Says what was written; with `--format json` beside what the comparison found, if there was one.
    pub(crate) fn report(&self, console: &Console, found: Option<Value>) {
        let file = shown(&self.path);
        if console.is_json() {
            let name = self.catalog.file(self.index).name();
            let revision = revision_json(self.catalog.graph(), self.index, name, &[]);
            let mut object = found.unwrap_or_else(|| json!({}));
            object["revision"] = revision;
            object["file"] = json!(file);
            console.json(&object);
        } else {
            console.out(&file);
        }
    }
}

fn sections(sections: &[SectionText]) -> Vec<minijinja::Value> {
    let value = |section: &SectionText| context! { words => &section.words, sql => &section.sql };
    sections.iter().map(value).collect()
}

/// Now, to the second.
fn created(timezone: &TimeZone) -> Result<Zoned, Error> {
    let now = jiff::Timestamp::now().round(Unit::Second);
    let now = now.map_err(|error| Error::new(Code::Io, format!("the system's clock: {error}")))?;
    Ok(now.to_zoned(timezone.clone()))
}

fn rfc_3339(moment: &Zoned) -> String {
    let zone = if *moment.time_zone() == TimeZone::UTC { "Z" } else { "%:z" };
    moment.strftime(&format!("%Y-%m-%dT%H:%M:%S{zone}")).to_string()
}

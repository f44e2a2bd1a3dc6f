use migrate_core::{
    Code, Dialect, Error, RevisionId, UnknownDialect,
    graph::{Graph, Index, State},
    revision::{RevisionFile, Side},
};
use serde_json::{Map, Value, json};

use super::{
    App,
    listing::{block, revisions},
    script,
};

/// Options of `show`.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  show head\n  show 3f2a --sql            its statements, both ways\n  show 3f2a --sql --dialect postgres"
)]
pub struct ShowArgs {
    /// A revision: an id or a prefix of it, a label, `head`, `heads`, `current`.
    #[arg(allow_hyphen_values = true)]
    revision: String,
    /// Show its sections too: the SQL of both ways, with the comments.
    #[arg(long)]
    sql: bool,
    /// Of the sections, only those that these engines run.
    #[arg(long, value_name = "DIALECT", value_delimiter = ',', value_parser = dialect, requires = "sql")]
    dialect: Vec<Dialect>,
}

/// `Postgres` is as clear as `postgres`.
fn dialect(word: &str) -> Result<Dialect, UnknownDialect> {
    word.trim().to_ascii_lowercase().parse()
}

impl ShowArgs {
    pub(super) fn needs_database(&self) -> bool {
        self.revision.contains("current") || self.revision.starts_with(['+', '-'])
    }

    pub(super) async fn run(&self, app: &App<'_>) -> Result<u8, Error> {
        let graph = app.versions().graph()?;
        let graph = graph.as_ref();
        let dialects = self.dialects(app)?;
        let rows = if self.needs_database() { app.migrator.current(app.url()?).await? } else { Vec::new() };
        let ids: Vec<RevisionId> = rows.iter().filter_map(|row| row.parse().ok()).collect();
        let state = self.needs_database().then(|| State::lenient(graph, &ids));
        let found = graph.resolve(state.as_ref(), &self.revision)?;
        if app.console.is_json() {
            let mut listed = revisions(app, graph, &found, &rows)?;
            if self.sql {
                for (revision, index) in listed.iter_mut().zip(&found) {
                    revision["sql"] = sql_json(app, graph, *index, &dialects)?;
                }
            }
            app.console.json(&json!({ "revisions": listed }));
            return Ok(0);
        }
        if found.is_empty() {
            app.console.note(if self.needs_database() && rows.is_empty() {
                "nothing is applied"
            } else if graph.is_empty() {
                "there are no revisions"
            } else {
                "the base is what is there before the first revision: it has none of its own"
            });
        }
        for (at, index) in found.iter().enumerate() {
            if at > 0 {
                app.console.out("");
            }
            app.console.out(&block(app, graph, *index, &rows, false)?);
            if self.sql {
                let file = app.versions().file(graph.id(*index).as_str())?;
                app.console.out(&format!("\n{}", sections(&file, &dialects)));
            }
        }
        Ok(0)
    }

    /// Whose sections are shown: by default those of all that the project serves.
    fn dialects(&self, app: &App<'_>) -> Result<Vec<Dialect>, Error> {
        let served = app.versions().dialects();
        if self.dialect.is_empty() {
            return Ok(served.to_vec());
        }
        match self.dialect.iter().find(|dialect| !served.contains(dialect)) {
            None => Ok(self.dialect.clone()),
            Some(other) => {
                let names: Vec<_> = served.iter().map(|dialect| dialect.name()).collect();
                Err(Error::new(
                    Code::DialectNotConfigured,
                    format!("the revisions are written for {}, not for {other}", names.join(", ")),
                )
                .with_help("leave --dialect out, or name one of these"))
            }
        }
    }
}

/// The sections that any of these engines runs, as the file has them.
fn sections(file: &RevisionFile<'_>, dialects: &[Dialect]) -> String {
    let shown: Vec<_> = file
        .sections()
        .iter()
        .filter(|section| dialects.iter().any(|dialect| section.serves(*dialect)))
        .map(|section| {
            let text = |span: &std::ops::Range<usize>| file.text().get(span.clone()).unwrap_or_default();
            format!("{}\n{}", text(&section.marker).trim(), text(&section.span).trim()).trim_end().to_owned()
        })
        .collect();
    shown.join("\n\n")
}

/// What each engine runs, statement by statement. A way back that there is not is null.
fn sql_json(app: &App<'_>, graph: &Graph, index: Index, dialects: &[Dialect]) -> Result<Value, Error> {
    let file = app.versions().file(graph.id(index).as_str())?;
    let mut sql = Map::new();
    for dialect in dialects {
        let side = |side| match file.script(*dialect, side) {
            Ok(script) => Ok(json!(script.steps().map(script::text).collect::<Vec<_>>())),
            Err(error) if error.code() == Code::Irreversible => Ok(Value::Null),
            Err(error) => Err(error),
        };
        sql.insert(dialect.name().to_owned(), json!({ "up": side(Side::Up)?, "down": side(Side::Down)? }));
    }
    Ok(Value::Object(sql))
}

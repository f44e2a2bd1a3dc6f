//! Foreign SQL, and revisions that are replayed, run on a server that has other databases: what could reach those is
//! refused before it runs. Where the session was led elsewhere nevertheless, nothing more runs.

use std::{collections::BTreeSet, ops::Range};

use migrate_core::{
    Catalog, Code, Dialect, Error,
    revision::{Side, Step},
    sql,
};
use migrate_runtime::{Connection, DatabaseUrl};

use super::reach;
use crate::project::Project;

/// Keeps what runs in a scratch database inside it.
#[derive(Debug)]
pub(super) struct Guard {
    dialect: Dialect,
    /// What the session says of where it is.
    home: Option<String>,
    /// The names of all other databases that can be named in a statement, in lower case.
    others: BTreeSet<String>,
}

impl Guard {
    /// For what will run in the database that the connection leads to.
    ///
    /// # Errors
    /// [`Code::StatementFailed`].
    pub(super) async fn new(connection: &mut Connection) -> Result<Self, Error> {
        let dialect = connection.dialect();
        let home = place(connection).await?;
        let list = match dialect {
            Dialect::Mysql | Dialect::Mariadb => Some("SHOW DATABASES"),
            Dialect::Mssql => Some("SELECT name FROM sys.databases"),
            // One session sees one database.
            Dialect::Postgres | Dialect::Sqlite => None,
        };
        let rows = match list {
            Some(list) => connection.query(list).await?,
            None => Vec::new(),
        };
        let names = rows.into_iter().filter_map(|row| row.into_iter().next().flatten());
        let others = names.filter(|name| Some(name) != home.as_ref() && !is_common(dialect, name));
        let others = others.map(|name| name.to_lowercase()).collect();
        Ok(Self { dialect, home, others })
    }

    /// Refuses a statement that reaches out of the database.
    ///
    /// # Errors
    /// [`Code::UnsupportedStatement`], without a place.
    pub(super) fn check(&self, sql: &str) -> Result<(), Error> {
        match reach::of(self.dialect, sql, &self.others) {
            None => Ok(()),
            Some(what) => Err(Error::new(
                Code::UnsupportedStatement,
                format!("{what}: it would reach beyond the scratch database that it runs in"),
            )
            .with_help(
                "nothing of it has run. Leave the statement out of a file; where a revision needs it, compare with a \
                 database that has that revision instead",
            )),
        }
    }

    /// Refuses a file before anything of it has run.
    ///
    /// # Errors
    /// As for [`check`](Self::check), with the bytes that it is about.
    pub(super) fn check_all(&self, text: &str, pieces: &[sql::Piece]) -> Result<(), (Error, Range<usize>)> {
        pieces.iter().try_for_each(|piece| match &piece.kind {
            sql::PieceKind::Statement => {
                let sql = text.get(piece.span.clone()).unwrap_or_default();
                self.check(sql).map_err(|error| (error, piece.span.clone()))
            }
            sql::PieceKind::Call(_) => Ok(()),
        })
    }

    /// Refuses to go on where the session has left its database.
    ///
    /// # Errors
    /// [`Code::UnsupportedStatement`], without a place; [`Code::StatementFailed`].
    pub(super) async fn require_home(&self, connection: &mut Connection) -> Result<(), Error> {
        let now = place(connection).await?;
        if now == self.home {
            return Ok(());
        }
        Err(Error::new(
            Code::UnsupportedStatement,
            format!(
                "this leads the session to {}, out of its scratch database",
                now.as_deref().unwrap_or("no database")
            ),
        )
        .with_help("leave the statement out"))
    }

    /// Refuses what reaches out among the revisions up to a target.
    ///
    /// # Errors
    /// Those of [`Connection::open`] and of [`check`](Self::check), with the place.
    pub(super) async fn check_revisions(
        catalog: &Catalog<'_>,
        project: &Project,
        scratch: &DatabaseUrl,
        target: &str,
    ) -> Result<(), Error> {
        let mut connection = Connection::open(scratch.clone()).await?;
        let guard = Self::new(&mut connection).await;
        connection.close().await;
        let guard = guard?;
        let dialect = match guard.dialect {
            Dialect::Mariadb if !project.dialects().contains(&Dialect::Mariadb) => Dialect::Mysql,
            dialect => dialect,
        };
        let graph = catalog.graph();
        // A target that makes no sense is the upgrade's to refuse, and so is a script that cannot be read.
        let Ok(targets) = graph.resolve(None, target) else { return Ok(()) };
        for index in graph.ancestors(&targets).iter() {
            let file = catalog.file(index);
            let Ok(script) = file.script(dialect, Side::Up) else { continue };
            for step in script.steps() {
                let Step::Statement(statement) = step else { continue };
                guard.check(&statement.sql).map_err(|error| {
                    let told = Error::new(
                        error.code(),
                        format!("revision {} cannot be replayed: {}", graph.id(index), error.message()),
                    )
                    .with_revision(graph.id(index).as_str())
                    .with_place(file.place(statement.span.clone()));
                    project.located(&error.help().into_iter().fold(told, Error::with_help))
                })?;
            }
        }
        Ok(())
    }
}

/// The database that the session is in.
async fn place(connection: &mut Connection) -> Result<Option<String>, Error> {
    let sql = match connection.dialect() {
        Dialect::Postgres => "SELECT pg_catalog.current_database()",
        Dialect::Mysql | Dialect::Mariadb => "SELECT DATABASE()",
        Dialect::Mssql => "SELECT DB_NAME()",
        Dialect::Sqlite => {
            "SELECT group_concat(name) FROM (SELECT name FROM pragma_database_list WHERE name <> 'temp' ORDER BY name)"
        }
    };
    let rows = connection.query(sql).await?;
    Ok(rows.into_iter().flatten().flatten().next())
}

/// What belongs to no application, and what a statement may name: there is nothing in it to spoil.
fn is_common(dialect: Dialect, name: &str) -> bool {
    let common: &[&str] = match dialect {
        Dialect::Mysql | Dialect::Mariadb => &["information_schema"],
        Dialect::Mssql => &["tempdb"],
        Dialect::Postgres | Dialect::Sqlite => &[],
    };
    common.iter().any(|common| name.eq_ignore_ascii_case(common))
}

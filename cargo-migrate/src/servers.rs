//! The servers on which the schemas of a dialect can be made and looked at.

use migrate_core::{Code, Dialect, Error};
use migrate_runtime::{Connection, DatabaseUrl, Engine};

use crate::project::Project;

/// The kind of server that speaks a dialect.
pub(crate) const fn engine_of(dialect: Dialect) -> Engine {
    match dialect {
        Dialect::Postgres => Engine::Postgres,
        Dialect::Mysql | Dialect::Mariadb => Engine::Mysql,
        Dialect::Mssql => Engine::Mssql,
        Dialect::Sqlite => Engine::Sqlite,
    }
}

/// The dialect of the project as which a server counts: MariaDB is served as MySQL where it is not listed itself.
pub(crate) fn served_as(project: &Project, server: Dialect) -> Dialect {
    match server {
        Dialect::Mariadb if !project.dialects().contains(&Dialect::Mariadb) => Dialect::Mysql,
        server => server,
    }
}

/// A server on which databases can be made for a dialect, if one is known: that of `--database-url`, that of
/// `[autogenerate.servers]`, that of the project's database, in this order. SQLite needs none.
///
/// # Errors
/// What is wrong with those URLs; those of [`Connection::open`] where only the server says what it speaks.
pub(crate) async fn known(project: &Project, dialect: Dialect) -> Result<Option<DatabaseUrl>, Error> {
    if dialect == Dialect::Sqlite {
        return DatabaseUrl::parse("sqlite::memory:").map(Some);
    }
    if let Some(url) = project.database_url_argument() {
        let url = DatabaseUrl::parse(url)?;
        if speaks(project, &url, dialect).await? {
            return Ok(Some(url));
        }
    }
    if let Some(url) = project.server_url(dialect)? {
        return Ok(Some(url));
    }
    // Without a database there is no server either.
    match project.database_url().and_then(|url| DatabaseUrl::parse(&url)) {
        Ok(url) if speaks(project, &url, dialect).await? => Ok(Some(url)),
        _ => Ok(None),
    }
}

/// The same, where it cannot be done without.
///
/// # Errors
/// Those of [`known`]; what is wrong with the URL of the database; [`Code::DialectNotConfigured`].
pub(crate) async fn required(project: &Project, dialect: Dialect) -> Result<DatabaseUrl, Error> {
    if let Some(url) = known(project, dialect).await? {
        return Ok(url);
    }
    let database = DatabaseUrl::parse(&project.database_url()?)?;
    Err(Error::new(
        Code::DialectNotConfigured,
        format!("no server for {dialect} is known: the database is one of {}", database.engine.title()),
    )
    .with_help(format!(
        "name one with --database-url, or in migrate.toml, under [autogenerate.servers]: {dialect} = \"...\""
    )))
}

/// Whether what the URL leads to is served as this dialect.
async fn speaks(project: &Project, url: &DatabaseUrl, dialect: Dialect) -> Result<bool, Error> {
    if url.engine != engine_of(dialect) {
        return Ok(false);
    }
    if project.dialects().iter().filter(|listed| engine_of(**listed) == url.engine).count() < 2 {
        return Ok(true);
    }
    let connection = Connection::open(url.clone()).await?;
    let spoken = served_as(project, connection.dialect());
    connection.close().await;
    Ok(spoken == dialect)
}

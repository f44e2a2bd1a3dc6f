use std::{
    any::Any,
    hash::{BuildHasher as _, Hasher as _, RandomState},
};

use futures_util::{
    TryStreamExt as _,
    io::{AsyncRead, AsyncWrite},
};
use tiberius::{Client, ColumnData, QueryItem, error::TokenError};

use super::{BoxFuture, Failure, Part, PartError, Row, ServerError, Session};
use crate::url::Engine;

mod cell;
mod connect;
#[cfg(test)]
mod double;
mod message;
#[cfg(test)]
mod tests;

pub(crate) use connect::open;
use message::{Message, pack};

pub(crate) struct Mssql<'a, S: AsyncRead + AsyncWrite + Unpin + Send>(Holder<'a, S>);

enum Holder<'a, S: AsyncRead + AsyncWrite + Unpin + Send> {
    Own(Box<Client<S>>),
    Callers(&'a mut Client<S>),
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin + Send> Mssql<'a, S> {
    pub(crate) fn callers(client: &'a mut Client<S>) -> Self {
        Self(Holder::Callers(client))
    }

    fn own(client: Client<S>) -> Self {
        Self(Holder::Own(Box::new(client)))
    }

    fn client(&mut self) -> &mut Client<S> {
        match &mut self.0 {
            Holder::Own(client) => client,
            Holder::Callers(client) => client,
        }
    }

    /// Sends one batch and reads the answer to its end: an error may stand behind any number of result sets, and the
    /// driver returns at the first. Gives the rows of the last result set that has any.
    async fn send(&mut self, sql: &str) -> Result<Vec<Row>, tiberius::error::Error> {
        // Not through sp_executesql, as the driver's other calls go: that refuses some DDL.
        let mut answer = self.client().simple_query(sql).await?;
        let mut rows: Vec<Row> = Vec::new();
        let mut is_new = false;
        while let Some(item) = answer.try_next().await? {
            match item {
                QueryItem::Metadata(_) => is_new = true,
                QueryItem::Row(row) => {
                    if is_new {
                        rows.clear();
                        is_new = false;
                    }
                    rows.push(row.into_iter().map(|cell: ColumnData<'_>| cell::text(&cell)).collect());
                }
            }
        }
        Ok(rows)
    }

    async fn run_message(
        &mut self,
        message: &Message,
        parts: &[Part<'_>],
        end: &str,
    ) -> Result<(), PartError> {
        match self.send(&message.sql).await {
            Ok(rows) if has_cell(&rows, end) => Ok(()),
            Ok(_) => Err(PartError { part: message.main_part(), error: cut_short() }),
            Err(tiberius::error::Error::Server(token)) => {
                let line = usize::try_from(token.line()).unwrap_or(usize::MAX);
                let (part, offset) = message.locate(parts, line, token.procedure());
                Err(PartError { part, error: refused(&token, offset) })
            }
            Err(error) => Err(PartError { part: message.main_part(), error: lost(&error) }),
        }
    }
}

impl<S> Session for Mssql<'_, S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    fn engine(&self) -> Engine {
        Engine::Mssql
    }

    fn query<'a>(&'a mut self, sql: &'a str) -> BoxFuture<'a, Result<Vec<Row>, ServerError>> {
        Box::pin(async move {
            self.send(sql).await.map_err(|error| match error {
                tiberius::error::Error::Server(token) => refused(&token, None),
                error => lost(&error),
            })
        })
    }

    fn run<'a>(&'a mut self, parts: &'a [Part<'a>]) -> BoxFuture<'a, Result<(), PartError>> {
        Box::pin(async move {
            // Nobody can foresee it, so that no row of a revision is taken for it.
            let end = format!("migrate:{:016x}", RandomState::new().build_hasher().finish());
            for range in pack(parts) {
                let message = Message::new(parts, range, &end);
                self.run_message(&message, parts, &end).await?;
            }
            Ok(())
        })
    }

    fn raw(&mut self) -> &mut dyn Any {
        self.client()
    }

    fn close<'a>(self: Box<Self>) -> BoxFuture<'a, ()>
    where
        Self: 'a,
    {
        Box::pin(async move {
            if let Holder::Own(client) = self.0 {
                drop(client.close().await);
            }
        })
    }
}

fn has_cell(rows: &[Row], text: &str) -> bool {
    matches!(rows, [row] if matches!(row.as_slice(), [Some(cell)] if cell == text))
}

fn cut_short() -> ServerError {
    ServerError {
        kind: Failure::Refused,
        message: "the batch ended before its end (RETURN, or SET NOEXEC ON?), so that what follows it did not run; \
                  write `IF ... BEGIN ... END` around what is to be skipped"
            .to_owned(),
        code: None,
        offset: None,
    }
}

fn refused(token: &TokenError, offset: Option<usize>) -> ServerError {
    let kind = match token.code() {
        208 => Failure::MissingTable,
        1222 => Failure::Busy,
        // Rights that are missing, on an object, a database or the server; and a database that takes no writes.
        229 | 230 | 262 | 297 | 300 | 3704 | 3906 | 5011 | 15_247 => Failure::ReadOnly,
        // The server ends the connection: a shutdown, a KILL, or worse.
        _ if token.class() >= 20 => Failure::Lost,
        _ => Failure::Refused,
    };
    ServerError {
        kind,
        message: token.message().to_owned(),
        code: Some(format!("error {}", token.code())),
        offset,
    }
}

/// What the driver says by itself: the connection broke, or it could not read the answer. How far the server came is
/// not known.
fn lost(error: &tiberius::error::Error) -> ServerError {
    ServerError { kind: Failure::Lost, message: connect::describe(error), code: None, offset: None }
}

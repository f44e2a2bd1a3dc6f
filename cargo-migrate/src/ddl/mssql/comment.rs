//! Comments, which are extended properties here, by the name that the tools of SQL Server give them. The manual:
//! "`sp_addextendedproperty` (Transact-SQL)".

use std::fmt::Write as _;

use migrate_core::{Code, Error};

use super::name::{is_one_literal, string};
use crate::{ddl::Statement, schema::ObjectName};

const NAME: &str = "MS_Description";

/// What an extended property can hold, in bytes.
const MOST: usize = 7500;

/// What a comment stands on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    object: &'a ObjectName,
    /// `TABLE` or `SEQUENCE`.
    kind: &'static str,
    /// `COLUMN`, `INDEX`, `CONSTRAINT`, and its name.
    part: Option<(&'static str, &'a str)>,
}

impl<'a> Place<'a> {
    pub(super) fn table(table: &'a ObjectName) -> Self {
        Self { object: table, kind: "TABLE", part: None }
    }

    pub(super) fn column(table: &'a ObjectName, name: &'a str) -> Self {
        Self { object: table, kind: "TABLE", part: Some(("COLUMN", name)) }
    }

    pub(super) fn index(table: &'a ObjectName, name: &'a str) -> Self {
        Self { object: table, kind: "TABLE", part: Some(("INDEX", name)) }
    }

    pub(super) fn constraint(table: &'a ObjectName, name: &'a str) -> Self {
        Self { object: table, kind: "TABLE", part: Some(("CONSTRAINT", name)) }
    }

    pub(super) fn sequence(sequence: &'a ObjectName) -> Self {
        Self { object: sequence, kind: "SEQUENCE", part: None }
    }

    /// Gives it a comment, or another one, or takes it away.
    pub(super) fn set(self, before: Option<&str>, after: Option<&str>) -> Result<Option<Statement>, Error> {
        let (procedure, text) = match (before, after) {
            (None, None) => return Ok(None),
            (None, Some(text)) => ("sp_addextendedproperty", Some(text)),
            (Some(_), Some(text)) => ("sp_updateextendedproperty", Some(text)),
            (Some(_), None) => ("sp_dropextendedproperty", None),
        };
        if text.is_some_and(|text| text.encode_utf16().count() * 2 > MOST) {
            return Err(Error::new(
                Code::Unsupported,
                format!("SQL Server does not have comments of more than {} characters: {self}", MOST / 2),
            )
            .with_help("shorten the comment"));
        }
        // An argument of a procedure is a literal or a variable, never an expression.
        let mut sql = String::new();
        if self.object.schema.is_none() {
            sql.push_str("DECLARE @schema sysname = SCHEMA_NAME();\n");
        }
        let value = match text {
            None => String::new(),
            Some(text) if is_one_literal(text) => format!(", {}", string(text)),
            Some(text) => {
                let _ = writeln!(sql, "DECLARE @comment nvarchar({}) = {};", MOST / 2, string(text));
                ", @comment".to_owned()
            }
        };
        let schema = self.object.schema.as_deref().map_or_else(|| "@schema".to_owned(), string);
        let _ = write!(
            sql,
            "EXEC sys.{procedure} {}{value},\n    N'SCHEMA', {schema}, N'{}', {}",
            string(NAME),
            self.kind,
            string(&self.object.name)
        );
        if let Some((kind, name)) = self.part {
            let _ = write!(sql, ", N'{kind}', {}", string(name));
        }
        Ok(Some(Statement::new(sql)))
    }
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.part {
            Some((_, name)) => write!(f, "{}.{name}", self.object),
            None => write!(f, "{}", self.object),
        }
    }
}

//! Sequences, which MariaDB has.

use migrate_core::{Dialect, Error};

use super::{key::table_name, unsupported};
use crate::{
    ddl::Statement,
    mysql::literal,
    schema::{ObjectName, Sequence, SequenceOptions},
};

pub(super) fn create(dialect: Dialect, sequence: &Sequence) -> Result<Statement, Error> {
    has_sequences(dialect, &sequence.name)?;
    let comment = sequence.comment.as_ref().map(|comment| format!(" COMMENT={}", literal(comment)));
    Ok(Statement::new(format!(
        "CREATE SEQUENCE {}{}{}",
        table_name(&sequence.name),
        options(&sequence.options),
        comment.unwrap_or_default()
    )))
}

pub(super) fn drop(dialect: Dialect, name: &ObjectName) -> Result<Statement, Error> {
    has_sequences(dialect, name)?;
    Ok(Statement::new(format!("DROP SEQUENCE {}", table_name(name))))
}

pub(super) fn rename(dialect: Dialect, from: &ObjectName, to: &ObjectName) -> Result<Statement, Error> {
    has_sequences(dialect, from)?;
    Ok(Statement::new(format!("RENAME TABLE {} TO {}", table_name(from), table_name(to))))
}

/// States whatever differs; the number that comes next stays.
pub(super) fn alter(dialect: Dialect, before: &Sequence, after: &Sequence) -> Result<Statement, Error> {
    has_sequences(dialect, &after.name)?;
    let (old, new) = (&before.options, &after.options);
    let mut words = String::new();
    let descends = new.increment.is_some_and(|increment| increment < 0);
    if old.increment != new.increment {
        words.push_str(&format!(" INCREMENT BY {}", new.increment.unwrap_or(1)));
    }
    if old.min != new.min || old.increment != new.increment {
        words.push_str(&new.min.map_or(" NO MINVALUE".to_owned(), |min| format!(" MINVALUE {min}")));
    }
    if old.max != new.max || old.increment != new.increment {
        words.push_str(&new.max.map_or(" NO MAXVALUE".to_owned(), |max| format!(" MAXVALUE {max}")));
    }
    if old.start != new.start || old.min != new.min || old.max != new.max || old.increment != new.increment {
        let usual = if descends { new.max.unwrap_or(-1) } else { new.min.unwrap_or(1) };
        words.push_str(&format!(" START WITH {}", new.start.unwrap_or(usual)));
    }
    if old.cache != new.cache {
        words.push_str(&format!(" CACHE {}", new.cache.unwrap_or(1000)));
    }
    if old.cycle != new.cycle {
        words.push_str(if new.cycle { " CYCLE" } else { " NOCYCLE" });
    }
    Ok(Statement::new(format!("ALTER SEQUENCE {}{words}", table_name(&after.name))))
}

pub(super) fn comment(
    dialect: Dialect,
    name: &ObjectName,
    comment: Option<&String>,
) -> Result<Statement, Error> {
    has_sequences(dialect, name)?;
    let comment = comment.map(String::as_str).unwrap_or_default();
    Ok(Statement::new(format!("ALTER TABLE {} COMMENT={}", table_name(name), literal(comment))))
}

fn options(options: &SequenceOptions) -> String {
    let mut sql = String::new();
    for (word, number) in [
        ("START WITH", options.start),
        ("INCREMENT BY", options.increment),
        ("MINVALUE", options.min),
        ("MAXVALUE", options.max),
        ("CACHE", options.cache),
    ] {
        if let Some(number) = number {
            sql.push_str(&format!(" {word} {number}"));
        }
    }
    if options.cycle {
        sql.push_str(" CYCLE");
    }
    sql
}

fn has_sequences(dialect: Dialect, name: &ObjectName) -> Result<(), Error> {
    match dialect {
        Dialect::Mariadb => Ok(()),
        Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => Err(unsupported(
            dialect,
            format!("{name} is a sequence"),
            "use a table with an AUTO_INCREMENT column, or leave the sequence out for this dialect",
        )),
    }
}

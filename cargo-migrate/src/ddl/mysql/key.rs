//! Keys, indexes, foreign keys and checks as they are defined.

use migrate_core::{Code, Dialect, Error};

use super::unsupported;
use crate::{
    ddl,
    mysql::{identifier, identifiers, literal},
    schema::{
        Check, Deferrable, ForeignKey, Index, IndexKey, KeyPart, ObjectName, PrimaryKey, ReferentialAction,
        Schema, Unique,
    },
};

/// The name of a table, with its database where that is not the connection's.
pub(super) fn table_name(name: &ObjectName) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", identifier(schema), identifier(&name.name)),
        None => identifier(&name.name),
    }
}

pub(super) fn primary_key(key: &PrimaryKey) -> String {
    let comment = comment(key.comment.as_ref());
    format!("PRIMARY KEY ({}){comment}", identifiers(&key.columns))
}

/// A unique constraint is a unique index.
pub(super) fn unique_as_index(table: &ObjectName, unique: &Unique) -> Index {
    let conventional = || format!("uq_{}_{}", table.name, unique.columns.join("_"));
    let keys = unique.columns.iter().map(IndexKey::column).collect();
    Index {
        unique: true,
        include: unique.include.clone(),
        nulls_not_distinct: unique.nulls_not_distinct,
        comment: unique.comment.clone(),
        ..Index::new(unique.name.clone().unwrap_or_else(conventional), keys)
    }
}

pub(super) fn index(dialect: Dialect, table: &ObjectName, index: &Index) -> Result<String, Error> {
    let refuse = |what: &str, help: &str| {
        Err(unsupported(dialect, format!("index {} on {table} has {what}", index.name), help))
    };
    if !index.include.is_empty() {
        return refuse("INCLUDE columns", "make them columns of the key, or leave them out for this dialect");
    }
    if index.filter.is_some() {
        return refuse(
            "a condition",
            "index a generated column that is NULL where the condition does not hold, or leave the index out for this dialect",
        );
    }
    if index.nulls_not_distinct {
        return refuse("NULLS NOT DISTINCT", "index a generated column that has a value for NULL");
    }
    let (kind, method) = match index.method.as_deref() {
        None => (if index.unique { "UNIQUE KEY" } else { "KEY" }, ""),
        Some("btree") => (if index.unique { "UNIQUE KEY" } else { "KEY" }, " USING BTREE"),
        Some("hash") => (if index.unique { "UNIQUE KEY" } else { "KEY" }, " USING HASH"),
        Some("fulltext") => ("FULLTEXT KEY", ""),
        Some("spatial") => ("SPATIAL KEY", ""),
        Some("vector") => ("VECTOR KEY", ""),
        Some(other) => {
            return refuse(&format!("the method {other}"), "name another method, or none, for this dialect");
        }
    };
    let keys: Result<Vec<String>, Error> =
        index.keys.iter().map(|key| index_key(dialect, table, index, key)).collect();
    let mut sql = format!("{kind} {} ({}){method}", identifier(&index.name), keys?.join(", "));
    for (key, value) in &index.options {
        match key.as_str() {
            "parser" => sql.push_str(&format!(" WITH PARSER {}", identifier(value))),
            "key_block_size" => sql.push_str(&format!(" KEY_BLOCK_SIZE={value}")),
            other => return refuse(&format!("the option {other}"), "leave the option out for this dialect"),
        }
    }
    sql.push_str(&comment(index.comment.as_ref()));
    if index.invisible {
        sql.push(' ');
        sql.push_str(visibility(dialect, true));
    }
    Ok(sql)
}

/// The word for whether the optimiser sees an index.
pub(super) fn visibility(dialect: Dialect, invisible: bool) -> &'static str {
    match (dialect, invisible) {
        (Dialect::Mariadb, true) => "IGNORED",
        (Dialect::Mariadb, false) => "NOT IGNORED",
        (Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite, true) => "INVISIBLE",
        (Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite, false) => "VISIBLE",
    }
}

fn index_key(dialect: Dialect, table: &ObjectName, index: &Index, key: &IndexKey) -> Result<String, Error> {
    let refuse = |what: &str, help: &str| {
        Err(unsupported(dialect, format!("index {} on {table} has {what}", index.name), help))
    };
    if key.nulls.is_some() {
        return refuse("an order for NULLs", "NULLs come first here; leave the order out for this dialect");
    }
    if key.collation.is_some() {
        return refuse("a collation", "give the column the collation");
    }
    if key.operator_class.is_some() {
        return refuse("an operator class", "leave it out for this dialect");
    }
    let mut sql = match &key.part {
        KeyPart::Column(name) => identifier(name),
        KeyPart::Expression(expression) => match dialect {
            Dialect::Mariadb => {
                return refuse("an expression", "index a generated column that computes the expression");
            }
            Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite => {
                format!("({expression})")
            }
        },
    };
    if let Some(prefix) = key.prefix {
        sql.push_str(&format!("({prefix})"));
    }
    if key.descending {
        sql.push_str(" DESC");
    }
    Ok(sql)
}

/// `live` tells the primary key that a foreign key means which names no columns.
pub(super) fn foreign_key(
    dialect: Dialect,
    table: &ObjectName,
    key: &ForeignKey,
    live: &Schema,
) -> Result<String, Error> {
    let name = foreign_key_name(table, key);
    let refuse = |what: &str, help: &str| {
        Err(unsupported(dialect, format!("foreign key {name} on {table} {what}"), help))
    };
    if key.deferrable != Deferrable::No {
        return refuse("is deferrable", "leave `deferrable` out: constraints are checked row by row here");
    }
    if key.match_full {
        return refuse(
            "is MATCH FULL",
            "leave it out, and add a check that all of its columns are NULL or none is",
        );
    }
    if key.not_valid {
        return refuse(
            "is not validated",
            "leave it out: a foreign key always checks the rows that are there",
        );
    }
    let mut referred = key.referred_columns.clone();
    if referred.is_empty()
        && let Some(primary) = live.table(&key.referred_table).and_then(|table| table.primary_key.as_ref())
    {
        referred.clone_from(&primary.columns);
    }
    let columns = format!("CONSTRAINT {} FOREIGN KEY ({})", identifier(&name), identifiers(&key.columns));
    let mut sql = format!("REFERENCES {} ({})", table_name(&key.referred_table), identifiers(&referred));
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if action != ReferentialAction::NoAction {
            sql.push_str(&format!(" ON {event} {}", action.sql()));
        }
    }
    Ok(ddl::foreign_key(&columns, &sql))
}

/// The name, or the conventional one where there is none.
pub(super) fn foreign_key_name(table: &ObjectName, key: &ForeignKey) -> String {
    key.name.clone().unwrap_or_else(|| format!("fk_{}_{}", table.name, key.columns.join("_")))
}

pub(super) fn check(dialect: Dialect, table: &ObjectName, check: &Check) -> Result<String, Error> {
    let name =
        check.name.as_ref().map(|name| format!("CONSTRAINT {} ", identifier(name))).unwrap_or_default();
    let enforced = match (check.not_valid, dialect) {
        (false, _) => "",
        (true, Dialect::Mariadb) => {
            let what =
                format!("check {} on {table} is not enforced", check.name.as_deref().unwrap_or_default());
            return Err(Error::new(Code::Unsupported, format!("{what}, which {dialect} cannot do"))
                .with_help("leave the check out for this dialect"));
        }
        (true, Dialect::Mysql | Dialect::Postgres | Dialect::Mssql | Dialect::Sqlite) => " NOT ENFORCED",
    };
    Ok(format!("{name}CHECK ({}){enforced}", check.expression))
}

fn comment(comment: Option<&String>) -> String {
    comment.map(|comment| format!(" COMMENT {}", literal(comment))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(dialect: Dialect, one: &Index) -> Result<String, Error> {
        index(dialect, &ObjectName::local("t"), one)
    }

    #[test]
    fn an_index_says_what_is_special() {
        let mut one = Index::new("ix_t_name", vec![IndexKey::column("name"), IndexKey::column("order")]);
        one.keys[0].prefix = Some(10);
        one.keys[1].descending = true;
        one.comment = Some("why".to_owned());
        one.invisible = true;
        let common = "KEY ix_t_name (name(10), `order` DESC) COMMENT 'why'";
        assert_eq!(text(Dialect::Mysql, &one).unwrap(), format!("{common} INVISIBLE"));
        assert_eq!(text(Dialect::Mariadb, &one).unwrap(), format!("{common} IGNORED"));
    }

    #[test]
    fn a_text_index_names_its_parser() {
        let mut one = Index::new("ft", vec![IndexKey::column("a"), IndexKey::column("b")]);
        one.method = Some("fulltext".to_owned());
        one.options.insert("parser".to_owned(), "ngram".to_owned());
        assert_eq!(text(Dialect::Mysql, &one).unwrap(), "FULLTEXT KEY ft (a, b) WITH PARSER ngram");
    }

    #[test]
    fn what_the_engine_lacks_is_refused() {
        let mut one = Index::new("ix", vec![IndexKey::column("a")]);
        one.keys[0].part = KeyPart::Expression("lower(a)".to_owned());
        assert_eq!(text(Dialect::Mysql, &one).unwrap(), "KEY ix ((lower(a)))");
        assert_eq!(text(Dialect::Mariadb, &one).unwrap_err().code(), Code::Unsupported);
        one.filter = Some("a IS NOT NULL".to_owned());
        let error = text(Dialect::Mysql, &one).unwrap_err();
        assert_eq!(error.message(), "index ix on t has a condition, which mysql cannot do");
        assert!(error.help().is_some());
    }
}

//! What an engine says in words of its own, in those that another one knows.

use migrate_core::{
    Dialect,
    sql::{LexemeKind, lexemes},
};

use crate::{
    ddl::quote,
    lower,
    schema::{KeyPart, Schema, Table},
};

/// The schema without what the other engine does not know by that name: table options, charsets and collations, and
/// expressions that are to be had in the first engine's words only, with what they belong to.
pub(crate) fn without(mut schema: Schema, other: Dialect) -> Schema {
    let from = schema.dialect;
    let said = |sql: &str| expression(from, other, sql);
    for table in schema.tables.values_mut() {
        table.options.clear();
        for column in &mut table.columns {
            (column.charset, column.collation) = (None, None);
            if let Some(default) = &mut column.default {
                *default = if is_now(default) {
                    "CURRENT_TIMESTAMP".to_owned()
                } else {
                    said(default).unwrap_or_else(|| default.clone())
                };
            }
        }
        table.columns.retain_mut(|column| {
            column.generated.as_mut().is_none_or(|generated| put(&mut generated.expression, &said))
        });
        table.checks.retain_mut(|check| put(&mut check.expression, &said));
        table.indexes.retain_mut(|index| {
            let has_filter = index.filter.as_mut().is_none_or(|filter| put(filter, &said));
            has_filter
                && index.keys.iter_mut().all(|key| {
                    key.collation = None;
                    match &mut key.part {
                        KeyPart::Column(_) => true,
                        KeyPart::Expression(sql) => put(sql, &said),
                    }
                })
        });
    }
    schema
}

/// Says it in the other words, if there are some.
fn put(sql: &mut String, said: &impl Fn(&str) -> Option<String>) -> bool {
    said(sql).map(|words| *sql = words).is_some()
}

/// Leaves out what speaks of columns of `old` that the table has not: the engine would refuse the whole of it.
pub(crate) fn leave_out_what_lacks_columns(table: &mut Table, old: &Table) {
    let lacking = |table: &Table| -> Vec<String> {
        let names = old.columns.iter().map(|column| &column.name);
        names.filter(|name| table.column(name).is_none()).cloned().collect()
    };
    let says_none =
        |lacking: &[String], sql: &str| lower::mentioned(lacking.iter().map(String::as_str), sql).is_empty();
    // A generated column may be missed by another one in turn.
    let mut missing = lacking(table);
    loop {
        table.columns.retain(|column| {
            column.generated.as_ref().is_none_or(|generated| says_none(&missing, &generated.expression))
        });
        let now = lacking(table);
        if now.len() == missing.len() {
            break;
        }
        missing = now;
    }
    let has_all = |columns: &[String]| !columns.iter().any(|column| missing.contains(column));
    table.primary_key = table.primary_key.take().filter(|key| has_all(&key.columns));
    table.uniques.retain(|unique| has_all(&unique.columns));
    table.foreign_keys.retain(|key| has_all(&key.columns));
    table.checks.retain(|check| says_none(&missing, &check.expression));
    table.indexes.retain(|index| {
        let parts = index.keys.iter().all(|key| match &key.part {
            KeyPart::Column(name) => !missing.contains(name),
            KeyPart::Expression(sql) => says_none(&missing, sql),
        });
        parts && index.filter.as_deref().is_none_or(|filter| says_none(&missing, filter))
    });
}

/// Whether a default is the present moment, in the words of any engine.
fn is_now(default: &str) -> bool {
    let word = default.to_lowercase();
    word == "now()"
        || word == "getdate()"
        || word == "sysdatetime()"
        || word.starts_with("current_timestamp(")
}

/// A part of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    text: String,
    /// Whether white space stands before it.
    spaced: bool,
}

/// An expression as an engine shows it, for another engine: names in its quotes, and of PostgreSQL the lists and casts
/// that it makes of what was written. None where something is left that only PostgreSQL has.
pub(crate) fn expression(from: Dialect, to: Dialect, sql: &str) -> Option<String> {
    if from == to {
        return Some(sql.to_owned());
    }
    let mut tokens: Vec<Token> = Vec::new();
    let mut end = 0;
    for lexeme in lexemes(from, sql) {
        let spaced = lexeme.span.start > end;
        end = lexeme.span.end;
        let text = sql.get(lexeme.span)?;
        let is_name = lexeme.kind == LexemeKind::Quoted && !text.ends_with('\'') && !text.starts_with('$');
        let text = if is_name { requoted(to, text)? } else { text.to_owned() };
        tokens.push(Token { text, spaced });
    }
    if from == Dialect::Postgres {
        tokens = of_postgres(&tokens, to)?;
    }
    let mut out = String::with_capacity(sql.len());
    for (at, token) in tokens.iter().enumerate() {
        if token.spaced && at > 0 {
            out.push(' ');
        }
        out.push_str(&token.text);
    }
    Some(out)
}

fn requoted(to: Dialect, quoted: &str) -> Option<String> {
    let inside = quoted.get(1..quoted.len().checked_sub(1)?)?;
    let name = match quoted.chars().next()? {
        '"' => inside.replace("\"\"", "\""),
        '`' => inside.replace("``", "`"),
        '[' => inside.replace("]]", "]"),
        _ => return None,
    };
    Some(quote(to, &name))
}

fn of_postgres(tokens: &[Token], to: Dialect) -> Option<Vec<Token>> {
    let tokens = without_casts(tokens)?;
    let is =
        |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.text.eq_ignore_ascii_case(word));
    let all = |at: usize, words: &[&str]| words.iter().enumerate().all(|(by, word)| is(at + by, word));
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let list = if all(at, &["=", "ANY", "("]) {
            Some(("IN", at + 3))
        } else if all(at, &["<", ">", "ALL", "("]) {
            Some(("NOT IN", at + 4))
        } else {
            None
        };
        if let Some((word, mut next)) = list {
            let opened = next;
            while is(next, "(") {
                next += 1;
            }
            if !all(next, &["ARRAY", "["]) {
                return None;
            }
            let (inner, depth) = (next + 2, next - opened + 1);
            let length = tokens.get(inner..)?.iter().position(|token| token.text == "]")?;
            let close = inner + length;
            if !(1..=depth).all(|by| is(close + by, ")")) {
                return None;
            }
            out.push(Token { text: word.to_owned(), spaced: true });
            out.push(Token { text: "(".to_owned(), spaced: true });
            out.extend(tokens.get(inner..close)?.iter().cloned());
            out.push(Token { text: ")".to_owned(), spaced: false });
            at = close + depth + 1;
            continue;
        }
        if all(at, &["~", "~"]) && !is(at + 2, "*") {
            out.push(Token { text: "LIKE".to_owned(), spaced: true });
            at += 2;
            continue;
        }
        if all(at, &["!", "~", "~"]) && !is(at + 3, "*") {
            out.push(Token { text: "NOT LIKE".to_owned(), spaced: true });
            at += 3;
            continue;
        }
        // Two columns in one text: `OR` to MySQL, and nothing to SQL Server.
        let is_text = all(at, &["|", "|"]) && to != Dialect::Sqlite;
        let is_own = ["~", ":", "[", "]", "ARRAY", "ANY", "ALL", "SIMILAR", "ILIKE"];
        if is_text
            || is_own.iter().any(|word| is(at, word))
            || token.text.starts_with(['$', 'E', 'e']) && token.text.ends_with('\'')
        {
            return None;
        }
        out.push(token.clone());
        at += 1;
    }
    Some(out)
}

/// The tokens without `::text` and the like; none where a cast is to something else, which may be what is meant.
fn without_casts(tokens: &[Token]) -> Option<Vec<Token>> {
    const PLAIN: [&str; 12] = [
        "text",
        "varchar",
        "bpchar",
        "character",
        "numeric",
        "integer",
        "bigint",
        "smallint",
        "double",
        "real",
        "date",
        "timestamp",
    ];
    let word = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        if (word(at), word(at + 1)) != (":", ":") {
            out.extend(tokens.get(at).cloned());
            at += 1;
            continue;
        }
        let is_of_a_text = out.last().is_some_and(|token| token.text.ends_with('\''));
        let ty = word(at + 2).to_lowercase();
        if !PLAIN.contains(&ty.as_str()) || matches!(ty.as_str(), "date" | "timestamp") && !is_of_a_text {
            return None;
        }
        at += 3;
        if matches!((ty.as_str(), word(at)), ("character", "varying") | ("double", "precision")) {
            at += 1;
        }
        if word(at) == "(" && word(at + 1).starts_with(|letter: char| letter.is_ascii_digit()) {
            at += tokens.get(at..)?.iter().position(|token| token.text == ")")? + 1;
        }
        if ty == "timestamp" && matches!(word(at), "with" | "without") {
            at += 3;
        }
        if (word(at), word(at + 1)) == ("[", "]") {
            at += 2;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(from: Dialect, to: Dialect, sql: &str) -> String {
        expression(from, to, sql).unwrap_or_default()
    }

    #[test]
    fn what_postgres_makes_of_an_expression_is_said_as_it_was_written() {
        for (shown, said) in [
            ("color = ANY (ARRAY['red'::text, 'dark ''green'::text])", "color IN ('red', 'dark ''green')"),
            (
                "a::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[])",
                "a IN ('x', 'y')",
            ),
            ("level <> ALL (ARRAY[1, 5]) AND age >= 0", "level NOT IN (1, 5) AND age >= 0"),
            ("name::text ~~ 'a%'::text", "name LIKE 'a%'"),
            ("name !~~ 'a%'", "name NOT LIKE 'a%'"),
            ("price * amount::numeric(10,2)", "price * amount"),
            ("day > '2020-01-01'::date", "day > '2020-01-01'"),
            ("at > '2020-01-01'::timestamp without time zone", "at > '2020-01-01'"),
            ("lower(\"A b\") <> ''", "lower(`A b`) <> ''"),
        ] {
            assert_eq!(of(Dialect::Postgres, Dialect::Mysql, shown), said);
        }
    }

    #[test]
    fn what_only_postgres_has_is_not_said() {
        for own in [
            "name ~ '^a'",
            "name ~~* 'a%'",
            "a || b <> 'x'",
            "tags @> ARRAY['a']",
            "a::date > b",
            "a::jsonb ? 'b'",
            "a = ANY (b)",
            "a = E'\\n'",
        ] {
            assert_eq!(expression(Dialect::Postgres, Dialect::Mysql, own), None, "{own}");
        }
        assert_eq!(of(Dialect::Postgres, Dialect::Sqlite, "a || b"), "a || b");
        assert_eq!(of(Dialect::Mysql, Dialect::Postgres, "`a b` > 1"), "\"a b\" > 1");
        assert_eq!(of(Dialect::Mssql, Dialect::Sqlite, "[age]>(0)"), "\"age\">(0)");
    }
}

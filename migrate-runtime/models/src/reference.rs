//! What a foreign key refers to, as one text: `teams`, `teams.id`, `app.teams.id`, `teams(id, org)`.

use std::{iter::Peekable, str::Chars};

/// A table, by its name in the database, and its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// None for the default schema of the connection.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
    /// Empty for the table's primary key.
    pub columns: Vec<String>,
}

impl Reference {
    /// Reads a text. A name with a dot or a parenthesis in it stands in double quotes.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no reference: expected `table`, `table.column`, `schema.table.column` or `table(a, b)`"
            )
        };
        let mut characters = text.chars().peekable();
        let mut path = vec![name(&mut characters).ok_or_else(wrong)?];
        while characters.next_if_eq(&'.').is_some() {
            path.push(name(&mut characters).ok_or_else(wrong)?);
        }
        let columns = if characters.next_if_eq(&'(').is_some() {
            let mut columns = vec![name(&mut characters).ok_or_else(wrong)?];
            while characters.next_if_eq(&',').is_some() {
                columns.push(name(&mut characters).ok_or_else(wrong)?);
            }
            characters.next_if_eq(&')').ok_or_else(wrong)?;
            columns
        } else if path.len() > 1 {
            path.pop().into_iter().collect()
        } else {
            Vec::new()
        };
        let table = path.pop().ok_or_else(wrong)?;
        let schema = path.pop();
        let at_the_end = characters.all(char::is_whitespace);
        if at_the_end && path.is_empty() { Ok(Self { schema, table, columns }) } else { Err(wrong()) }
    }
}

/// A name, with the white space around it.
fn name(characters: &mut Peekable<Chars<'_>>) -> Option<String> {
    while characters.next_if(|character| character.is_whitespace()).is_some() {}
    let mut name = String::new();
    if characters.next_if_eq(&'"').is_some() {
        loop {
            match characters.next()? {
                '"' if characters.next_if_eq(&'"').is_none() => break,
                character => name.push(character),
            }
        }
        while characters.next_if(|character| character.is_whitespace()).is_some() {}
    } else {
        while let Some(character) =
            characters.next_if(|character| !matches!(character, '.' | '(' | ')' | ',' | '"'))
        {
            name.push(character);
        }
        name.truncate(name.trim_end().len());
    }
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Option<String>, String, String)> {
        Reference::parse(text).ok().map(|found| (found.schema, found.table, found.columns.join("+")))
    }

    #[test]
    fn a_reference_names_a_table_and_columns() {
        let some = |schema: Option<&str>, table: &str, columns: &str| {
            Some((schema.map(str::to_owned), table.to_owned(), columns.to_owned()))
        };
        assert_eq!(read("teams.id"), some(None, "teams", "id"));
        assert_eq!(read("app.teams.id"), some(Some("app"), "teams", "id"));
        assert_eq!(read("teams(id, org)"), some(None, "teams", "id+org"));
        assert_eq!(read(" app . teams ( id ) "), some(Some("app"), "teams", "id"));
        assert_eq!(read("\"odd.name\".\"a\"\"b\""), some(None, "odd.name", "a\"b"));
        assert_eq!(read("teams"), some(None, "teams", ""));
        assert_eq!(read("order items.id"), some(None, "order items", "id"));
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in
            ["", ".", ".id", "teams.", "a.b.c.d", "teams()", "teams(id", "teams(id,)", "teams(id) x", "\"a"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

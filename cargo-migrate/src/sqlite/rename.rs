use super::{Token, is_same, quote, tokens, unquote};

/// A new name, in the words of the moment before it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rename {
    Table { from: String, to: String },
    Column { table: String, from: String, to: String },
}

/// An expression of a table with one of its columns renamed.
pub(crate) fn in_expression(expression: &str, from: &str, to: &str) -> String {
    let found = tokens(expression);
    let is_column = |at: usize| {
        let token = &found[at];
        let is_behind = |word| at > 0 && found[at - 1].is_word(word);
        let is_call = found.get(at + 1).is_some_and(|next| next.is("("));
        token.is_name()
            && is_same(&unquote(token), from)
            && !is_call
            && !is_behind("COLLATE")
            && !is_behind("AS")
    };
    replaced(expression, &found, to, is_column)
}

/// A trigger's text after a rename. None where only SQLite can tell which of its words the rename is about.
///
/// `on` is the table that the trigger is on, by its name before the rename.
pub(crate) fn in_trigger(sql: &str, on: &str, rename: &Rename) -> Option<String> {
    let found = tokens(sql);
    let head = found.iter().position(|token| token.is_word("ON"))?;
    let event = ["DELETE", "INSERT", "UPDATE"];
    let event = found[..head].iter().rposition(|token| event.iter().any(|word| token.is_word(word)))?;
    let from = match rename {
        Rename::Table { from, .. } | Rename::Column { from, .. } => from,
    };
    let mut chosen = vec![false; found.len()];
    for (at, token) in found.iter().enumerate().skip(event) {
        if !token.is_name() || !is_same(&unquote(token), from) {
            continue;
        }
        chosen[at] = match rename {
            Rename::Table { .. } => is_table(&found, at, head)?,
            Rename::Column { table, .. } => is_column(&found, at, head, is_same(on, table), table)?,
        };
    }
    let to = match rename {
        Rename::Table { to, .. } | Rename::Column { to, .. } => to,
    };
    Some(replaced(sql, &found, to, |at| chosen[at]))
}

/// Whether the name at this place is a table's. None if that cannot be told.
fn is_table(found: &[Token<'_>], at: usize, head: usize) -> Option<bool> {
    let before = at.checked_sub(1).map(|before| found[before]);
    let is_behind =
        |words: &[&str]| before.is_some_and(|before| words.iter().any(|word| before.is_word(word)));
    if at == head + 1 || is_behind(&["FROM", "JOIN", "INTO", "UPDATE"]) {
        return Some(true);
    }
    if before.is_some_and(|before| before.is(".")) {
        return Some(false);
    }
    if found.get(at + 1).is_some_and(|next| next.is(".")) {
        return Some(true);
    }
    // UPDATE OR IGNORE x.
    let is_update = at >= 3 && found[at - 3].is_word("UPDATE") && found[at - 2].is_word("OR");
    is_update.then_some(true)
}

/// Whether the name at this place is the column of that table. None if that cannot be told.
fn is_column(found: &[Token<'_>], at: usize, head: usize, is_own: bool, table: &str) -> Option<bool> {
    if at < head {
        return Some(is_own);
    }
    if at == head + 1 || found.get(at + 1).is_some_and(|next| next.is("(")) {
        return Some(false);
    }
    let is_qualified = at >= 2 && found[at - 1].is(".");
    if !is_qualified {
        return None;
    }
    let owner = unquote(&found[at - 2]);
    if is_same(&owner, "new") || is_same(&owner, "old") {
        return Some(is_own);
    }
    is_same(&owner, table).then_some(true)
}

fn replaced(text: &str, found: &[Token<'_>], to: &str, is_chosen: impl Fn(usize) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (at, token) in found.iter().enumerate() {
        if is_chosen(at) {
            out.push_str(&text[from..token.start]);
            out.push_str(&quote(to));
            from = token.end();
        }
    }
    out.push_str(&text[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_renamed_in_an_expression_and_nothing_else_is() {
        assert_eq!(in_expression("a > 0 AND \"A\" < 'a'", "a", "b c"), "\"b c\" > 0 AND \"b c\" < 'a'");
        assert_eq!(in_expression("lower(lower) COLLATE lower", "lower", "b"), "lower(b) COLLATE lower");
    }

    fn column(sql: &str, on: &str) -> Option<String> {
        let rename = Rename::Column { table: "t".to_owned(), from: "a".to_owned(), to: "b".to_owned() };
        in_trigger(sql, on, &rename)
    }

    #[test]
    fn a_column_is_renamed_in_a_trigger_where_it_is_sure() {
        let text = "CREATE TRIGGER a AFTER UPDATE OF a, c ON t WHEN new.a > old.A BEGIN DELETE FROM u WHERE u.c = NEW.\"a\"; END";
        let after = "CREATE TRIGGER a AFTER UPDATE OF b, c ON t WHEN new.b > old.b BEGIN DELETE FROM u WHERE u.c = NEW.b; END";
        assert_eq!(column(text, "T").as_deref(), Some(after));
        assert_eq!(column(text, "u").as_deref(), Some(text));
        let bare = "CREATE TRIGGER x AFTER INSERT ON t BEGIN UPDATE u SET a = 1; END";
        assert_eq!(column(bare, "t"), None);
    }

    #[test]
    fn a_table_is_renamed_in_a_trigger() {
        let rename = Rename::Table { from: "t".to_owned(), to: "order".to_owned() };
        let text = "CREATE TRIGGER t AFTER INSERT ON t BEGIN UPDATE OR IGNORE t SET t = 1 WHERE t.x IN (SELECT x FROM [T]); END";
        assert_eq!(in_trigger(text, "t", &rename), None, "SET t may be a column");
        let text = "CREATE TRIGGER t AFTER INSERT ON t BEGIN UPDATE OR IGNORE t SET y = 1 WHERE t.x IN (SELECT x FROM [T]); END";
        let after = "CREATE TRIGGER t AFTER INSERT ON \"order\" BEGIN UPDATE OR IGNORE \"order\" SET y = 1 WHERE \"order\".x IN (SELECT x FROM \"order\"); END";
        assert_eq!(in_trigger(text, "t", &rename).as_deref(), Some(after));
    }
}

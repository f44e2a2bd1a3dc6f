//! What stands in an attribute, as Rust text: on one line where it fits, else an entry a line, as `cargo fmt` has it.

/// The width of a line.
const WIDTH: usize = 100;

/// The width of what stands in parentheses on one line.
const LIST_WIDTH: usize = 70;

/// An entry: `primary_key`, `name = "users"`, `index(columns(a, b))`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// A word, with or without a value.
    Word(String),
    /// A word with entries of its own.
    List(&'static str, Vec<Entry>),
}

impl Entry {
    /// `name = "text"`.
    pub(super) fn text(name: &str, value: &str) -> Self {
        Self::Word(format!("{name} = {value:?}"))
    }

    /// `name(a, b)`; the name alone without entries.
    pub(super) fn list(name: &'static str, entries: Vec<Self>) -> Self {
        if entries.is_empty() { Self::from(name) } else { Self::List(name, entries) }
    }

    /// On one line.
    fn short(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::List(name, entries) => format!("{name}({})", joined(entries)),
        }
    }

    fn fits(&self, before: usize) -> bool {
        match self {
            Self::Word(_) => true,
            Self::List(_, inner) => before + self.short().chars().count() < WIDTH && is_short(inner),
        }
    }

    /// With a comma at its end.
    fn lines(&self, indent: &str) -> String {
        match self {
            Self::List(name, entries) if !self.fits(indent.len()) => {
                format!("{indent}{name}({}),\n", vertical(entries, indent))
            }
            _ => format!("{indent}{},\n", self.short()),
        }
    }
}

impl From<String> for Entry {
    fn from(word: String) -> Self {
        Self::Word(word)
    }
}

impl From<&str> for Entry {
    fn from(word: &str) -> Self {
        Self::Word(word.to_owned())
    }
}

/// Whether the entries may stand on one line. Of one that stands alone the line's width is all that is asked.
fn is_short(entries: &[Entry]) -> bool {
    match entries {
        [Entry::Word(_)] => true,
        [Entry::List(_, inner)] => is_short(inner),
        several => joined(several).chars().count() <= LIST_WIDTH,
    }
}

fn joined(entries: &[Entry]) -> String {
    entries.iter().map(Entry::short).collect::<Vec<_>>().join(", ")
}

/// What stands in parentheses that do not fit on a line. A list that stands there alone begins on it all the same.
fn vertical(entries: &[Entry], indent: &str) -> String {
    if let [Entry::List(name, inner)] = entries {
        return format!("{name}({})", vertical(inner, indent));
    }
    let deeper = format!("{indent}    ");
    let lines: String = entries.iter().map(|entry| entry.lines(&deeper)).collect();
    // `cargo fmt` has no comma behind the last one.
    format!("\n{}\n{indent}", lines.strip_suffix(",\n").unwrap_or(&lines))
}

/// `#[name(a, b)]`, with its line's end. Nothing without entries.
pub(super) fn attribute(name: &'static str, entries: &[Entry], indent: &str) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let inside = joined(entries);
    if is_short(entries) && indent.len() + name.len() + inside.chars().count() + 5 <= WIDTH {
        return format!("{indent}#[{name}({inside})]\n");
    }
    format!("{indent}#[{name}({})]\n", vertical(entries, indent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_on_a_line_gets_a_line_for_each_entry() {
        let long = "a".repeat(60);
        let index = Entry::list("index", vec![Entry::list("columns", vec!["a".into()]), "unique".into()]);
        assert_eq!(
            attribute("table", std::slice::from_ref(&index), ""),
            "#[table(index(columns(a), unique))]\n"
        );
        assert_eq!(
            attribute("table", &[Entry::text("name", &long), index], ""),
            format!("#[table(\n    name = \"{long}\",\n    index(columns(a), unique)\n)]\n")
        );
        let alone = Entry::text("type", &"a".repeat(76));
        assert_eq!(attribute("column", &[alone], "").lines().count(), 1);
        let check = Entry::list("check", vec![Entry::text("name", "ck"), Entry::text("expr", &long)]);
        assert_eq!(
            attribute("column", &[check], "    "),
            format!("    #[column(check(\n        name = \"ck\",\n        expr = \"{long}\"\n    ))]\n")
        );
    }
}

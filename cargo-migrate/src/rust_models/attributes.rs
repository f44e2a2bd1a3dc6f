//! Attributes as Rust text: as many on a line as fit.

use crate::schema::{
    Deferrable, Identity, IndexKey, KeyPart, NullsOrder, ReferentialAction, SequenceOptions,
};

/// The width of a line.
const WIDTH: usize = 100;

/// `#[name(a, b)]` on one line, or one entry a line. Nothing without entries.
pub(super) fn attribute(name: &str, entries: &[String], indent: &str) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let short = format!("{indent}#[{name}({})]\n", entries.join(", "));
    if short.chars().count() <= WIDTH {
        return short;
    }
    let lines: String = entries.iter().map(|entry| format!("{indent}    {entry},\n")).collect();
    format!("{indent}#[{name}(\n{lines}{indent})]\n")
}

/// `name(a, b)`; the name alone without entries.
pub(super) fn list(name: &str, entries: &[String]) -> String {
    if entries.is_empty() { name.to_owned() } else { format!("{name}({})", entries.join(", ")) }
}

/// `name = "text"`.
pub(super) fn text(name: &str, value: &str) -> String {
    format!("{name} = {value:?}")
}

/// `name = "text"`, if there is one.
pub(super) fn maybe(name: &str, value: Option<&String>) -> Option<String> {
    value.map(|value| text(name, value))
}

/// The words of `deferrable`.
pub(super) fn deferrable(deferrable: Deferrable) -> Option<String> {
    match deferrable {
        Deferrable::No => None,
        Deferrable::Immediate => Some("deferrable".to_owned()),
        Deferrable::Deferred => Some("initially_deferred".to_owned()),
    }
}

/// `on_delete = "cascade"`; nothing for what happens anyway.
pub(super) fn action(name: &str, action: ReferentialAction) -> Option<String> {
    let word = match action {
        ReferentialAction::NoAction => return None,
        ReferentialAction::Restrict => "restrict",
        ReferentialAction::Cascade => "cascade",
        ReferentialAction::SetNull => "set null",
        ReferentialAction::SetDefault => "set default",
    };
    Some(text(name, word))
}

/// The numbers of a sequence.
pub(super) fn numbers(options: &SequenceOptions) -> Vec<String> {
    let all = [
        ("start", options.start),
        ("increment", options.increment),
        ("min", options.min),
        ("max", options.max),
        ("cache", options.cache),
    ];
    let mut entries: Vec<_> =
        all.iter().filter_map(|(name, value)| value.map(|value| format!("{name} = {value}"))).collect();
    if options.cycle {
        entries.push("cycle".to_owned());
    }
    entries
}

/// The words of an identity; none where the column's type says it.
pub(super) fn identity(identity: &Identity) -> Option<String> {
    match identity {
        Identity::Always(options) => {
            let mut entries = vec!["always".to_owned()];
            entries.extend(numbers(options));
            Some(list("identity", &entries))
        }
        Identity::ByDefault(options) => Some(list("identity", &numbers(options))),
        Identity::Serial => None,
        Identity::AutoIncrement => Some("identity".to_owned()),
        Identity::Seeded { seed, increment } => {
            let options = SequenceOptions {
                start: (*seed != 1).then_some(*seed),
                increment: (*increment != 1).then_some(*increment),
                ..SequenceOptions::default()
            };
            Some(list("identity", &numbers(&options)))
        }
    }
}

/// A part of an index's key; `field` gives the field of a column.
pub(super) fn key(key: &IndexKey, field: impl Fn(&str) -> String) -> String {
    let mut words = match &key.part {
        KeyPart::Column(name) => field(name),
        KeyPart::Expression(expression) => format!("{expression:?}"),
    };
    if let Some(prefix) = key.prefix {
        words.push_str(&format!("({prefix})"));
    }
    if key.descending {
        words.push_str(" desc");
    }
    match key.nulls {
        None => {}
        Some(NullsOrder::First) => words.push_str(" nulls_first"),
        Some(NullsOrder::Last) => words.push_str(" nulls_last"),
    }
    if let Some(class) = &key.operator_class {
        words.push_str(&format!(" ops = {class:?}"));
    }
    if let Some(collation) = &key.collation {
        words.push_str(&format!(" collate = {collation:?}"));
    }
    words
}

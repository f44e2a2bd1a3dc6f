//! Parts of attributes that tables, columns and indexes share.

use super::entry::Entry;
use crate::schema::{
    Deferrable, Identity, IndexKey, KeyPart, NullsOrder, ReferentialAction, SequenceOptions,
};

/// `name = "text"`, if there is one.
pub(super) fn maybe(name: &str, value: Option<&String>) -> Option<Entry> {
    value.map(|value| Entry::text(name, value))
}

/// The word, if it holds.
pub(super) fn flag(name: &str, holds: bool) -> Option<Entry> {
    holds.then(|| name.into())
}

/// The words of `deferrable`.
pub(super) fn deferrable(deferrable: Deferrable) -> Option<Entry> {
    match deferrable {
        Deferrable::No => None,
        Deferrable::Immediate => Some("deferrable".into()),
        Deferrable::Deferred => Some("initially_deferred".into()),
    }
}

/// `on_delete = "cascade"`; nothing for what happens anyway.
pub(super) fn action(name: &str, action: ReferentialAction) -> Option<Entry> {
    let word = match action {
        ReferentialAction::NoAction => return None,
        ReferentialAction::Restrict => "restrict",
        ReferentialAction::Cascade => "cascade",
        ReferentialAction::SetNull => "set null",
        ReferentialAction::SetDefault => "set default",
    };
    Some(Entry::text(name, word))
}

/// The numbers of a sequence.
pub(super) fn numbers(options: &SequenceOptions) -> Vec<Entry> {
    let all = [
        ("start", options.start),
        ("increment", options.increment),
        ("min", options.min),
        ("max", options.max),
        ("cache", options.cache),
    ];
    let said = all.into_iter().filter_map(|(name, value)| Some(format!("{name} = {}", value?).into()));
    said.chain(flag("cycle", options.cycle)).collect()
}

/// The words of an identity; none where the column's type says it.
pub(super) fn identity(identity: &Identity) -> Option<Entry> {
    let entries = match identity {
        Identity::Always(options) => {
            let mut entries = vec!["always".into()];
            entries.extend(numbers(options));
            entries
        }
        Identity::ByDefault(options) => numbers(options),
        Identity::Serial => return None,
        Identity::AutoIncrement => Vec::new(),
        Identity::Seeded { seed, increment } => numbers(&SequenceOptions {
            start: (*seed != 1).then_some(*seed),
            increment: (*increment != 1).then_some(*increment),
            ..SequenceOptions::default()
        }),
    };
    Some(Entry::list("identity", entries))
}

/// A part of an index's key; `field` gives the field of a column.
pub(super) fn key(key: &IndexKey, field: impl Fn(&str) -> String) -> Entry {
    let mut words = match &key.part {
        KeyPart::Column(name) => field(name),
        KeyPart::Expression(expression) => format!("{expression:?}"),
    };
    if let Some(prefix) = key.prefix {
        words += &format!("({prefix})");
    }
    if key.descending {
        words += " desc";
    }
    match key.nulls {
        None => {}
        Some(NullsOrder::First) => words += " nulls_first",
        Some(NullsOrder::Last) => words += " nulls_last",
    }
    if let Some(class) = &key.operator_class {
        words += &format!(" ops = {class:?}");
    }
    if let Some(collation) = &key.collation {
        words += &format!(" collate = {collation:?}");
    }
    words.into()
}

/// The same for an index that stands on its field.
pub(super) fn key_on_field(key: &IndexKey) -> Vec<Entry> {
    let nulls = key.nulls.map(|nulls| match nulls {
        NullsOrder::First => "nulls_first".into(),
        NullsOrder::Last => "nulls_last".into(),
    });
    let prefix = key.prefix.map(|prefix| format!("prefix = {prefix}").into());
    flag("desc", key.descending)
        .into_iter()
        .chain(nulls)
        .chain(maybe("ops", key.operator_class.as_ref()))
        .chain(maybe("collate", key.collation.as_ref()))
        .chain(prefix)
        .collect()
}

//! Enums: their values come, go, change places and names.

use std::{collections::BTreeSet, fmt::Write as _};

use super::dice::Dice;

/// What an enum is in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    Native,
    Text,
    Integer,
}

/// A value: what it is called, in the database too, and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Value {
    name: String,
    number: i16,
    renamed_from: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Enumeration {
    /// The name of the type in the database.
    name: String,
    renamed_from: Option<String>,
    pub(super) storage: Storage,
    values: Vec<Value>,
    /// The number of the value that the rows hold.
    seed: i16,
    /// Numbers of values that rows may hold, since they were a default once.
    held: BTreeSet<i16>,
    next: i16,
}

impl Enumeration {
    pub(super) fn new(name: String, dice: &mut Dice) -> Self {
        let storage = *dice.pick(&[Storage::Native, Storage::Native, Storage::Text, Storage::Integer]);
        let value = |(number, name): (i16, &str)| Value { name: name.to_owned(), number, renamed_from: None };
        let values: Vec<_> = (0..).zip(["open", "in_work", "it's done"]).map(value).collect();
        Self { name, renamed_from: None, storage, values, seed: 2, held: BTreeSet::from([0, 2]), next: 3 }
    }

    /// What a state before this one was called is of no interest any more.
    pub(super) fn settle(&mut self) {
        self.renamed_from = None;
        self.values.iter_mut().for_each(|value| value.renamed_from = None);
    }

    /// Changes something. Whether a value that rows hold was renamed.
    pub(super) fn change(&mut self, dice: &mut Dice, fresh: &str) -> bool {
        match dice.below(5) {
            0 | 1 => {
                let place = dice.below(self.values.len() + 1);
                let name = format!("value {}", self.next);
                self.values.insert(place, Value { name, number: self.next, renamed_from: None });
                self.next += 1;
            }
            2 => {
                let (one, other) = (dice.below(self.values.len()), dice.below(self.values.len()));
                self.values.swap(one, other);
            }
            3 => {
                let free = self.values.iter().position(|value| !self.held.contains(&value.number));
                if let Some(free) = free.filter(|at| *at > 0) {
                    self.values.remove(free);
                }
            }
            _ => {
                let at = dice.below(self.values.len());
                let value = &mut self.values[at];
                if value.renamed_from.is_none() && self.storage != Storage::Integer {
                    let old = std::mem::replace(&mut value.name, fresh.to_owned());
                    // One that came with this very change was never called otherwise.
                    value.renamed_from = Some(old);
                    self.hold_first();
                    return true;
                }
            }
        }
        self.hold_first();
        false
    }

    fn hold_first(&mut self) {
        self.held.extend(self.values.first().map(|value| value.number));
    }

    /// The value of all rows, as SQL.
    pub(super) fn seed(&self) -> String {
        let value = self.values.iter().find(|value| value.number == self.seed).expect("it is held");
        match self.storage {
            Storage::Native | Storage::Text => format!("'{}'", value.name.replace('\'', "''")),
            Storage::Integer => value.number.to_string(),
        }
    }

    /// The variant that comes first.
    pub(super) fn first(&self) -> String {
        variant(self.values[0].number)
    }

    /// The enum in Rust.
    pub(super) fn source(&self, ident: &str) -> String {
        let mut entries = vec![format!("name = {:?}", self.name)];
        entries.extend(self.renamed_from.as_ref().map(|old| format!("renamed_from = {old:?}")));
        let mut text = String::from("\n#[derive(Enum)]\n");
        match self.storage {
            Storage::Native => {}
            Storage::Text => entries.push("as_text".to_owned()),
            Storage::Integer => {
                entries.push("as_integer".to_owned());
                text.push_str("#[repr(i16)]\n");
            }
        }
        let _ = writeln!(text, "#[enumeration({})]\npub enum {ident} {{", entries.join(", "));
        for value in &self.values {
            let renamed = value.renamed_from.as_ref().map(|old| format!(", renamed_from = {old:?}"));
            let number = match self.storage {
                Storage::Native | Storage::Text => String::new(),
                Storage::Integer => format!(" = {}", value.number),
            };
            let _ = writeln!(
                text,
                "    #[variant(name = {:?}{})]\n    {}{number},",
                value.name,
                renamed.unwrap_or_default(),
                variant(value.number)
            );
        }
        text.push_str("}\n");
        text
    }
}

fn variant(number: i16) -> String {
    format!("V{number}")
}

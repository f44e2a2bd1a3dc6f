//! Numbers that the database gives.

use syn::Result;

use crate::{
    Only, Spanned,
    entry::{Entry, Known, Problems},
};

/// `identity`, `identity(always, start = 1000)`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IdentityModel {
    /// A row must not bring its own number. Otherwise it may.
    pub always: bool,
    /// What is said of the numbers.
    pub numbers: SequenceNumbers,
}

/// What is said of a sequence; none is what the engine gives by itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SequenceNumbers {
    /// The first number.
    pub start: Option<Spanned<i64>>,
    /// From one number to the next.
    pub increment: Option<Spanned<i64>>,
    /// The least.
    pub min: Option<Spanned<i64>>,
    /// The greatest.
    pub max: Option<Spanned<i64>>,
    /// How many are drawn ahead.
    pub cache: Option<Spanned<i64>>,
    /// Whether it begins again at its end.
    pub cycle: Option<Spanned<bool>>,
}

/// `sequence(name = "invoice_numbers", start = 1000)`: a sequence that belongs to no column.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceModel {
    /// Its name in the database.
    pub name: Spanned<String>,
    /// None for the default schema of the connection.
    pub schema: Option<Spanned<String>>,
    /// The type of its numbers, in SQL.
    pub sql_type: Option<Spanned<String>>,
    /// What is said of the numbers.
    pub numbers: SequenceNumbers,
    /// What people should know about it.
    pub comment: Option<Spanned<String>>,
    /// What it was called before.
    pub renamed_from: Option<Spanned<String>>,
    /// The engines that it is for.
    pub only: Only,
}

impl SequenceNumbers {
    const WORDS: [&'static str; 6] = ["start", "increment", "min", "max", "cache", "cycle"];

    fn read(&mut self, entry: &Entry<'_>) -> Result<bool> {
        match entry.word.as_str() {
            "start" => self.start = Some(entry.signed()?),
            "increment" => self.increment = Some(entry.signed()?),
            "min" => self.min = Some(entry.signed()?),
            "max" => self.max = Some(entry.signed()?),
            "cache" => self.cache = Some(entry.signed()?),
            "cycle" => self.cycle = Some(entry.flag()?),
            _ => return Ok(false),
        }
        if let Some(increment) = self.increment.filter(|increment| increment.value == 0) {
            return Err(syn::Error::new(increment.span, "a sequence cannot go on by 0"));
        }
        Ok(true)
    }
}

impl IdentityModel {
    pub(crate) fn read(entry: &Entry<'_>, problems: &mut Problems) -> Result<Spanned<Self>> {
        const WORDS: [&str; 8] = {
            let [start, increment, min, max, cache, cycle] = SequenceNumbers::WORDS;
            ["always", "by_default", start, increment, min, max, cache, cycle]
        };
        let mut identity = Self::default();
        if entry.has_list() {
            let mut by_default = None;
            entry.list(problems, |entry, _| {
                match entry.word.as_str() {
                    "always" => identity.always = entry.flag()?.value,
                    "by_default" => by_default = Some(entry.flag()?),
                    _ if identity.numbers.read(entry)? => {}
                    _ => return Ok(Known::Not(&WORDS)),
                }
                Ok(Known::Once)
            })?;
            if let Some(by_default) = by_default.filter(|_| identity.always) {
                problems
                    .push(syn::Error::new(by_default.span, "an identity is either `always` or `by_default`"));
            }
        }
        Ok(Spanned::new(identity, entry.span))
    }
}

impl SequenceModel {
    pub(crate) fn read(entry: &Entry<'_>, problems: &mut Problems) -> Result<Self> {
        const WORDS: [&str; 12] = {
            let [start, increment, min, max, cache, cycle] = SequenceNumbers::WORDS;
            [
                "name",
                "schema",
                "type",
                "comment",
                "renamed_from",
                "only",
                start,
                increment,
                min,
                max,
                cache,
                cycle,
            ]
        };
        let mut name = None;
        let mut sequence = Self {
            name: Spanned::new(String::new(), entry.span),
            schema: None,
            sql_type: None,
            numbers: SequenceNumbers::default(),
            comment: None,
            renamed_from: None,
            only: Only::default(),
        };
        entry.list(problems, |entry, problems| {
            match entry.word.as_str() {
                "name" => name = Some(entry.string()?),
                "schema" => sequence.schema = Some(entry.string()?),
                "type" => sequence.sql_type = Some(entry.string()?),
                "comment" => sequence.comment = Some(entry.string()?),
                "renamed_from" => sequence.renamed_from = Some(entry.string()?),
                "only" => sequence.only.read(entry, problems)?,
                _ if sequence.numbers.read(entry)? => {}
                _ => return Ok(Known::Not(&WORDS)),
            }
            Ok(Known::Once)
        })?;
        sequence.name = name.ok_or_else(|| {
            syn::Error::new(entry.span, "a sequence needs a name: `sequence(name = \"...\")`")
        })?;
        Ok(sequence)
    }
}

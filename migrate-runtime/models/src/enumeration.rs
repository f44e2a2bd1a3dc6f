//! An enum as a type of its own, or as a set of values.

use std::collections::{BTreeMap, BTreeSet};

use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprLit, ExprUnary, Fields, Ident, Lit, Result, UnOp, Variant,
    ext::IdentExt as _,
};

use crate::{
    Case, Spanned,
    entry::{Known, Problems, attribute, error},
    table::case_named,
};

/// An enumerated type.
#[derive(Debug, Clone, PartialEq)]
pub struct EnumModel {
    /// The enum.
    pub ident: Spanned<String>,
    /// Its name in the database: that of the enum in snake case, unless said otherwise.
    pub name: Spanned<String>,
    /// None for the default schema of the connection.
    pub schema: Option<Spanned<String>>,
    /// What it was called before.
    pub renamed_from: Option<Spanned<String>>,
    /// What people should know about it.
    pub comment: Option<Spanned<String>>,
    /// What a column of it holds.
    pub storage: Storage,
    /// Whether a check keeps other values out, where the type does not.
    pub checked: bool,
    /// In the order of the variants. Never empty.
    pub values: Vec<ValueModel>,
}

/// What a column of an enumerated type holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// A value of a type of its own on PostgreSQL, `ENUM(...)` on MySQL and MariaDB, text elsewhere.
    Native,
    /// Text on every engine.
    Text,
    /// The discriminant, in a whole number of so many bits.
    Integer(u8),
}

/// A value of an enumerated type.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueModel {
    /// The variant.
    pub variant: Spanned<String>,
    /// Its name in the database: that of the variant in snake case, unless said otherwise.
    pub name: Spanned<String>,
    /// What it was called before.
    pub renamed_from: Option<Spanned<String>>,
    /// The number of the variant, as Rust counts, if it can be told.
    pub discriminant: Option<i64>,
}

const WORDS: [&str; 8] =
    ["name", "schema", "rename_all", "comment", "renamed_from", "as_text", "as_integer", "unchecked"];

impl EnumModel {
    /// Reads an enum with `derive(Enum)`. Other attributes are passed by.
    ///
    /// # Errors
    /// Every mistake in the attributes, each at its place; [`parts`](crate::parts) parts a message from what to do.
    pub fn read(input: &DeriveInput) -> Result<Self> {
        let mut problems = Problems::default();
        let ident = Spanned::new(input.ident.unraw().to_string(), input.ident.span());
        let Data::Enum(data) = &input.data else {
            return Err(error(
                ident.span,
                format_args!("`{}` is no enum", ident.value),
                "for a struct with named fields there is derive(Table)",
            ));
        };
        let mut model = Self {
            name: Spanned::new(Case::Snake.apply(&ident.value), ident.span),
            ident,
            schema: None,
            renamed_from: None,
            comment: None,
            storage: Storage::Native,
            checked: true,
            values: Vec::with_capacity(data.variants.len()),
        };
        let mut case = Case::Snake;
        let mut storage = None;
        let mut seen = BTreeSet::new();
        for found in &input.attrs {
            attribute(found, "enumeration", &mut problems, &mut seen, |entry, problems| {
                match entry.word.as_str() {
                    "name" => model.name = entry.string()?,
                    "schema" => model.schema = Some(entry.string()?),
                    "rename_all" => case = entry.parsed(case_named)?.value,
                    "comment" => model.comment = Some(entry.string()?),
                    "renamed_from" => model.renamed_from = Some(entry.string()?),
                    "unchecked" => model.checked = !entry.flag()?.value,
                    "as_text" | "as_integer" => {
                        if storage.is_some() {
                            problems.push(Error::new(entry.span, "an enum is kept in one way"));
                        }
                        if entry.flag()?.value {
                            storage = Some(Spanned::new(entry.word == "as_integer", entry.span));
                        }
                    }
                    _ => return Ok(Known::Not(&WORDS)),
                }
                Ok(Known::Once)
            });
        }
        model.storage = match storage {
            None => Storage::Native,
            Some(Spanned { value: false, .. }) => Storage::Text,
            Some(Spanned { value: true, .. }) => Storage::Integer(repr(&input.attrs).unwrap_or(32)),
        };
        let mut next = Some(0);
        for variant in &data.variants {
            let value = ValueModel::read(variant, case, next, &mut problems);
            next = value.discriminant.and_then(|number| number.checked_add(1));
            model.values.push(value);
        }
        model.check(&mut problems);
        problems.finish(model)
    }

    fn check(&self, problems: &mut Problems) {
        if self.values.is_empty() {
            problems.push(error(
                self.ident.span,
                format_args!("`{}` has no values", self.ident.value),
                "add a variant",
            ));
        }
        let mut names: BTreeMap<&str, &str> = BTreeMap::new();
        for value in &self.values {
            if let Some(other) = names.insert(&value.name.value, &value.variant.value) {
                problems.push(Error::new(
                    value.name.span,
                    format!(
                        "`{other}` and `{}` are both the value `{}`",
                        value.variant.value, value.name.value
                    ),
                ));
            }
        }
        if let Storage::Integer(bits) = self.storage {
            for value in &self.values {
                let limit = 1_i128 << (bits - 1);
                match value.discriminant.map(i128::from) {
                    Some(number) if (-limit..limit).contains(&number) => {}
                    Some(number) => problems.push(error(
                        value.variant.span,
                        format_args!("{number} does not fit into {bits} bits"),
                        "give the enum a greater `#[repr(...)]`: i16, i32 or i64",
                    )),
                    None => problems.push(error(
                        value.variant.span,
                        format_args!("the number of `{}` cannot be told from its text", value.variant.value),
                        "write it as a literal: `Variant = 1`",
                    )),
                }
            }
        }
    }
}

impl ValueModel {
    fn read(variant: &Variant, case: Case, next: Option<i64>, problems: &mut Problems) -> Self {
        let ident = Spanned::new(variant.ident.unraw().to_string(), variant.ident.span());
        if !matches!(variant.fields, Fields::Unit) {
            problems.push(error(
                ident.span,
                format_args!("the variant `{}` holds something: no column can", ident.value),
                "an enum of values has variants without fields",
            ));
        }
        let mut value = Self {
            name: Spanned::new(case.apply(&ident.value), ident.span),
            variant: ident,
            renamed_from: None,
            discriminant: match &variant.discriminant {
                Some((_, expression)) => number(expression),
                None => next,
            },
        };
        let mut seen = BTreeSet::new();
        for found in &variant.attrs {
            attribute(found, "variant", problems, &mut seen, |entry, _| {
                match entry.word.as_str() {
                    // A value may be empty: some keep "unknown" in that way.
                    "name" => value.name = entry.string_or_empty()?,
                    "renamed_from" => value.renamed_from = Some(entry.string()?),
                    _ => return Ok(Known::Not(&["name", "renamed_from"])),
                }
                Ok(Known::Once)
            });
        }
        value
    }
}

/// The bits of a column for `#[repr(...)]`: as many as hold its numbers.
fn repr(attributes: &[Attribute]) -> Option<u8> {
    let found = attributes.iter().find(|attribute| attribute.path().is_ident("repr"))?;
    match found.parse_args::<Ident>().ok()?.to_string().as_str() {
        "i8" | "u8" | "i16" => Some(16),
        "u16" | "i32" => Some(32),
        "u32" | "i64" | "u64" | "isize" | "usize" => Some(64),
        _ => None,
    }
}

/// The value of a literal, with or without a sign.
fn number(expression: &Expr) -> Option<i64> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => number(expr).and_then(i64::checked_neg),
        Expr::Group(group) => number(&group.expr),
        Expr::Paren(paren) => number(&paren.expr),
        _ => None,
    }
}

//! The value that a column has where a row does not say it.

use proc_macro2::Span;
use syn::{
    Error, Lit, Path, Result, Token,
    ext::IdentExt as _,
    parse::{Parse as _, ParseStream},
};

use crate::{Spanned, entry::error};

/// What stands behind DEFAULT.
#[derive(Debug, Clone, PartialEq)]
pub enum DefaultModel {
    /// `default = 0`: a Rust literal, which each engine writes in its own way.
    Literal(Literal),
    /// `default_expr = "now()"`: SQL.
    Expression(String),
    /// `no_default`: none for this engine.
    None,
}

/// A Rust literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `"active"`, and `'a'`.
    Text(String),
    /// `b"\x00"`
    Bytes(Vec<u8>),
    /// `-1`: its digits, with the sign.
    Integer(i128),
    /// `0.5`: its digits, with the sign.
    Float(String),
    /// `true`
    Boolean(bool),
    /// `State::Active`: the segments of the path.
    Variant(Vec<String>),
}

impl Literal {
    /// Reads what stands behind `default =`.
    pub(crate) fn read(input: ParseStream<'_>) -> Result<Spanned<Self>> {
        const HELP: &str = "write a literal or a variant of an enum; SQL goes into `default_expr = \"...\"`";
        let start = input.span();
        if input.peek(syn::Ident::peek_any) && !input.peek(syn::LitBool) {
            let path = Path::parse_mod_style(input).map_err(|_| error(start, "expected a literal", HELP))?;
            let segments = path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect();
            return Ok(Spanned::new(Self::Variant(segments), start));
        }
        let minus = input.parse::<Option<Token![-]>>()?;
        let literal = Lit::parse(input).map_err(|_| error(start, "expected a literal", HELP))?;
        let span = literal.span();
        Ok(Spanned::new(Self::of(&literal, minus.is_some(), span)?, span))
    }

    fn of(literal: &Lit, negative: bool, span: Span) -> Result<Self> {
        let sign = if negative { "-" } else { "" };
        Ok(match literal {
            Lit::Int(number) => {
                let digits = format!("{sign}{}", number.base10_digits());
                match number.suffix() {
                    "f32" | "f64" => Self::Float(digits),
                    _ => Self::Integer(
                        digits.parse().map_err(|_| Error::new(span, "a number that no column can hold"))?,
                    ),
                }
            }
            Lit::Float(number) => Self::Float(format!("{sign}{}", number.base10_digits())),
            _ if negative => return Err(Error::new(span, "expected a number behind `-`")),
            Lit::Str(text) => Self::Text(text.value()),
            Lit::Char(character) => Self::Text(character.value().to_string()),
            Lit::ByteStr(bytes) => Self::Bytes(bytes.value()),
            Lit::Bool(truth) => Self::Boolean(truth.value),
            other => {
                return Err(error(
                    other.span(),
                    "this literal has no counterpart in SQL",
                    "use a string, a number, true or false, or `default_expr = \"...\"`",
                ));
            }
        })
    }
}

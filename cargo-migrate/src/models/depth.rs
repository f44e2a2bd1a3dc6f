//! How deep Rust may be nested: whatever reads it goes down with it, and a stack has an end.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::{Error, Result};

/// Of brackets, and of modules. Nobody writes as many; rustc itself gives up before.
const BRACKETS: usize = 256;
/// Of the brackets of type parameters. They cannot be told from other signs for certain, so there may be more.
const PARAMETERS: usize = 1024;

/// Refuses a text that is nested too deeply.
pub(super) fn check(tokens: &TokenStream) -> Result<()> {
    let mut open = vec![(tokens.clone().into_iter(), 0_usize)];
    while let Some((rest, parameters)) = open.last_mut() {
        let Some(token) = rest.next() else {
            open.pop();
            continue;
        };
        match &token {
            TokenTree::Group(group) => {
                let inside = group.stream().into_iter();
                if open.len() > BRACKETS {
                    return Err(too_deep(&token));
                }
                open.push((inside, 0));
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                '<' => {
                    *parameters += 1;
                    if *parameters > PARAMETERS {
                        return Err(too_deep(&token));
                    }
                }
                '>' => *parameters = parameters.saturating_sub(1),
                ';' if punct.spacing() == Spacing::Alone => *parameters = 0,
                _ => {}
            },
            TokenTree::Ident(_) | TokenTree::Literal(_) => {}
        }
    }
    Ok(())
}

fn too_deep(token: &TokenTree) -> Error {
    Error::new(token.span(), "this is nested too deeply to be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_sound(text: &str) -> bool {
        check(&text.parse().unwrap()).is_ok()
    }

    #[test]
    fn what_is_nested_without_end_is_refused() {
        for (open, inside, close) in
            [("Option<", "i64", ">"), ("(", "i64", ")"), ("mod a {", "", "}"), ("<", "T", " as A>::B")]
        {
            let nested = |depth: usize| format!("{}{inside}{}", open.repeat(depth), close.repeat(depth));
            assert!(is_sound(&nested(100)), "{open}");
            assert!(!is_sound(&nested(20_000)), "{open}");
        }
        assert!(is_sound(&"const A: bool = 1 < 2;".repeat(5000)));
        assert!(is_sound(&"fn a() -> bool { 1 < 2 }".repeat(5000)));
    }
}

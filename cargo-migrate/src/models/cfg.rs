//! `cfg` and `cfg_attr`: what is in the program that runs, as far as that can be told without knowing its features.

use syn::{
    Attribute, Meta, Token,
    parse::{ParseStream, Parser as _},
    punctuated::Punctuated,
};

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Never,
    /// It depends on features, the target or flags.
    Sometimes,
    Always,
}

/// Whether an item with these attributes can be part of the program: `cfg(test)` cannot, any feature can.
pub(super) fn is_possible(attributes: &[Attribute]) -> bool {
    attributes.iter().all(|attribute| condition(attribute) != Some(Holds::Never))
}

/// Whether it depends on more than `test`.
pub(super) fn is_conditional(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| matches!(condition(attribute), Some(Holds::Sometimes | Holds::Never)))
}

fn condition(attribute: &Attribute) -> Option<Holds> {
    if !attribute.path().is_ident("cfg") {
        return None;
    }
    Some(attribute.parse_args::<Meta>().map_or(Holds::Sometimes, |meta| holds(&meta)))
}

fn holds(meta: &Meta) -> Holds {
    let operands = |list: &syn::MetaList| -> Vec<Holds> {
        Punctuated::<Meta, Token![,]>::parse_terminated
            .parse2(list.tokens.clone())
            .map_or_else(|_| vec![Holds::Sometimes], |metas| metas.iter().map(holds).collect())
    };
    match meta {
        Meta::Path(path) if path.is_ident("test") => Holds::Never,
        Meta::List(list) if list.path.is_ident("not") => match operands(list).as_slice() {
            [Holds::Never] => Holds::Always,
            [Holds::Always] => Holds::Never,
            _ => Holds::Sometimes,
        },
        Meta::List(list) if list.path.is_ident("all") => {
            let operands = operands(list);
            if operands.contains(&Holds::Never) {
                Holds::Never
            } else if operands.iter().all(|operand| *operand == Holds::Always) {
                Holds::Always
            } else {
                Holds::Sometimes
            }
        }
        Meta::List(list) if list.path.is_ident("any") => {
            let operands = operands(list);
            if operands.contains(&Holds::Always) {
                Holds::Always
            } else if operands.iter().all(|operand| *operand == Holds::Never) {
                Holds::Never
            } else {
                Holds::Sometimes
            }
        }
        _ => Holds::Sometimes,
    }
}

/// The attributes with what `cfg_attr` brings in its place, unless it never does.
pub(super) fn expanded(attributes: Vec<Attribute>) -> Vec<Attribute> {
    if !attributes.iter().any(|attribute| attribute.path().is_ident("cfg_attr")) {
        return attributes;
    }
    let mut expanded = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        if !attribute.path().is_ident("cfg_attr") {
            expanded.push(attribute);
            continue;
        }
        let parts = attribute.parse_args_with(|input: ParseStream<'_>| {
            let condition: Meta = input.parse()?;
            input.parse::<Token![,]>()?;
            let brought = Punctuated::<Meta, Token![,]>::parse_terminated(input)?;
            Ok((holds(&condition), brought))
        });
        if let Ok((Holds::Sometimes | Holds::Always, brought)) = parts {
            let brought: Vec<_> =
                brought.into_iter().map(|meta| Attribute { meta, ..attribute.clone() }).collect();
            expanded.extend(self::expanded(brought));
        }
    }
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(text: &str) -> Vec<Attribute> {
        Attribute::parse_outer.parse_str(text).unwrap()
    }

    #[test]
    fn only_what_needs_test_is_impossible() {
        for (text, possible) in [
            ("#[cfg(test)]", false),
            ("#[cfg(all(test, feature = \"x\"))]", false),
            ("#[cfg(any(test, all(test)))]", false),
            ("#[cfg(not(not(test)))]", false),
            ("#[cfg(any())]", false),
            ("#[cfg(feature = \"x\")] #[cfg(test)]", false),
            ("#[cfg(not(test))]", true),
            ("#[cfg(any(test, feature = \"x\"))]", true),
            ("#[cfg(feature = \"x\")]", true),
            ("#[cfg(not(feature = \"x\"))]", true),
            ("#[cfg(unix)] #[derive(Debug)]", true),
            ("#[cfg(all())]", true),
        ] {
            assert_eq!(is_possible(&attributes(text)), possible, "{text}");
        }
        assert!(
            is_conditional(&attributes("#[cfg(unix)]")) && !is_conditional(&attributes("#[cfg(not(test))]"))
        );
    }

    #[test]
    fn what_cfg_attr_brings_stands_in_its_place() {
        let names = |text| -> Vec<String> {
            let attributes = expanded(attributes(text));
            attributes.iter().map(|attribute| attribute.path().get_ident().unwrap().to_string()).collect()
        };
        assert_eq!(
            names("#[a] #[cfg_attr(feature = \"x\", b, c(d = 1))] #[cfg_attr(test, e)] #[f]"),
            ["a", "b", "c", "f"]
        );
        assert_eq!(names("#[cfg_attr(unix, cfg_attr(not(test), a))]"), ["a"]);
    }
}

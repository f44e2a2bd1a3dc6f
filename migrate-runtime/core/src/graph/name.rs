use super::{Graph, Index, Set, branch::Branch, message, word::Word};
use crate::{Code, Error, suggest};

/// The fewest characters of an id that may stand for it.
const SHORTEST_PREFIX: usize = 4;

impl Graph {
    /// What stands in front of the word's `@`.
    pub(super) fn word_branch(&self, word: &Word<'_>) -> Result<Option<Branch>, Error> {
        let Some(name) = word.branch else { return Ok(None) };
        let root = match self.find_label(name) {
            Some(declared) => declared,
            None => self.by_name(name, None)?,
        };
        Ok(Some(self.branch_of(root, name)))
    }

    pub(super) fn heads_within(&self, branch: Option<&Branch>) -> Vec<Index> {
        branch.map_or_else(|| self.effective_heads(), |branch| self.maximal(&branch.members))
    }

    pub(super) fn single_head(
        &self,
        word: &str,
        branch: Option<&str>,
        heads: Vec<Index>,
    ) -> Result<Vec<Index>, Error> {
        if heads.len() <= 1 {
            return Ok(heads);
        }
        let help = branch.map_or_else(
            || "join them with `cargo migrate merge heads`, name one, or use `heads` for all".to_owned(),
            |branch| {
                format!("join them with `cargo migrate merge {branch}@heads`, name one, or use `{branch}@heads` for all")
            },
        );
        Err(self.multiple_heads(word, &heads, &help))
    }

    pub(super) fn multiple_heads(&self, word: &str, heads: &[Index], help: &str) -> Error {
        let ids = self.sorted_ids(heads.iter().copied());
        Error::new(
            Code::MultipleHeads,
            format!("`{word}` stands for several revisions: {}", message::all_of(&ids)),
        )
        .with_help(help)
        .with_list("candidates", ids)
    }

    pub(super) fn named(
        &self,
        word: &Word<'_>,
        name: &str,
        branch: Option<&Branch>,
    ) -> Result<Vec<Index>, Error> {
        let Some(branch) = branch else {
            return match self.find_label(name) {
                Some(root) => {
                    let heads = self.heads_within(Some(&self.branch_of(root, name)));
                    self.single_head(word.text, Some(name), heads)
                }
                None => Ok(vec![self.by_name(name, None)?]),
            };
        };
        if self.find_label(name).is_some() {
            return Err(Error::new(
                Code::Usage,
                format!("`{name}` in `{}` is a label, not a revision", word.text),
            )
            .with_help(format!("use `{name}@head`, or an id on branch `{}`", branch.name)));
        }
        let found = self.by_name(name, Some(&branch.members))?;
        if branch.members.contains(found) {
            return Ok(vec![found]);
        }
        let id = self.id(found);
        Err(Error::new(Code::UnknownRevision, format!("revision `{id}` is not on branch `{}`", branch.name))
            .with_help(format!("use `{id}` alone, or `{}@head`", branch.name))
            .with_revision(id.as_str()))
    }

    /// The revision whose id is `name` or begins with it, preferably one of `among`.
    fn by_name(&self, name: &str, among: Option<&Set>) -> Result<Index, Error> {
        if let Some(exact) = self.find_text(name) {
            return Ok(exact);
        }
        let start = self.by_id.partition_point(|index| self.id(*index).as_str() < name);
        let matching = self.by_id[start..]
            .iter()
            .copied()
            .take_while(|index| self.id(*index).as_str().starts_with(name));
        let all: Vec<_> = matching.collect();
        if name.len() < SHORTEST_PREFIX {
            return Err(self.unknown(name, !all.is_empty()));
        }
        let members: Vec<_> =
            all.iter().copied().filter(|index| among.is_some_and(|set| set.contains(*index))).collect();
        match if members.is_empty() { &all } else { &members }.as_slice() {
            [one] => Ok(*one),
            [] => Err(self.unknown(name, false)),
            several => {
                let ids = self.sorted_ids(several.iter().copied());
                Err(Error::new(
                    Code::AmbiguousRevision,
                    format!("{} revisions begin with `{name}`", ids.len()),
                )
                .with_help("write more characters of the id")
                .with_list("candidates", ids))
            }
        }
    }

    fn unknown(&self, name: &str, too_short: bool) -> Error {
        let error = Error::new(Code::UnknownRevision, format!("no revision has the id or label `{name}`"));
        let ids = self.by_id.iter().map(|index| self.id(*index).as_str());
        let near = suggest(name, ids.chain(self.by_label.keys().map(AsRef::as_ref)));
        let help = if too_short {
            "write at least 4 characters of the id".to_owned()
        } else if near.is_empty() {
            "`cargo migrate history` lists the revisions; a shortened id has at least 4 characters".to_owned()
        } else {
            format!("did you mean {}?", message::any_of(&near))
        };
        error.with_help(help).with_list("suggestions", near)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{graph, text};
    use super::*;
    use crate::Detail;

    const NAMES: &str = "3f2a9c41d07b; 3f2a00000000 <- 3f2a9c41d07b #billing; 9b1c77e0a2d4 <- 3f2a9c41d07b #shipping; \
                         ab; 9b1c7 <- ab";

    fn resolved(word: &str) -> Result<String, Error> {
        let graph = graph(NAMES);
        graph.resolve(None, word).map(|indices| text(&graph, indices))
    }

    fn refused(word: &str) -> Error {
        let error = resolved(word).unwrap_err();
        assert!(error.help().is_some(), "{error}");
        error
    }

    #[test]
    fn an_exact_id_wins_over_a_longer_one_that_begins_with_it() {
        assert_eq!(resolved("9b1c7").unwrap(), "9b1c7");
        assert_eq!(resolved("ab").unwrap(), "ab");
    }

    #[test]
    fn four_characters_may_stand_for_an_id() {
        assert_eq!(resolved("3f2a9").unwrap(), "3f2a9c41d07b");
        assert_eq!(resolved("9b1c77").unwrap(), "9b1c77e0a2d4");
    }

    #[test]
    fn a_prefix_of_several_ids_lists_them() {
        let error = refused("3f2a");
        assert_eq!(error.code(), Code::AmbiguousRevision);
        let all = vec!["3f2a00000000".to_owned(), "3f2a9c41d07b".to_owned()];
        assert_eq!(error.details(), [("candidates", Detail::List(all))]);
    }

    #[test]
    fn a_branch_narrows_a_prefix_down_to_its_members() {
        assert_eq!(resolved("billing@3f2a").unwrap(), "3f2a00000000");
        assert_eq!(resolved("9b1c7@9b1c").unwrap(), "9b1c7");
    }

    #[test]
    fn a_short_prefix_says_how_many_characters_it_takes() {
        let error = refused("3f2");
        assert_eq!(
            (error.code(), error.help()),
            (Code::UnknownRevision, Some("write at least 4 characters of the id"))
        );
    }

    #[test]
    fn an_unknown_word_suggests_ids_and_labels_near_it() {
        assert_eq!(refused("biling").help(), Some("did you mean `billing`?"));
        assert_eq!(refused("3f2a9c41d07c").help(), Some("did you mean `3f2a9c41d07b`?"));
        assert_eq!(refused("zzzzzzzz").code(), Code::UnknownRevision);
    }

    #[test]
    fn a_label_alone_stands_for_the_head_of_its_branch() {
        assert_eq!(resolved("billing").unwrap(), "3f2a00000000");
        let graph = graph("a #all; b <- a; c <- a");
        let error = graph.resolve(None, "all").unwrap_err();
        assert_eq!(error.code(), Code::MultipleHeads);
        assert_eq!(error.message(), "`all` stands for several revisions: `b`, `c`");
        assert!(error.help().is_some_and(|help| help.contains("`all@heads`")));
        assert_eq!(text(&graph, graph.resolve(None, "all@heads").unwrap()), "b,c");
    }

    #[test]
    fn a_label_that_begins_an_id_stays_a_label() {
        let graph = graph("abcd1; x <- abcd1; y <- x #abcd");
        assert_eq!(text(&graph, graph.resolve(None, "abcd").unwrap()), "y");
    }

    #[test]
    fn what_stands_behind_the_branch_must_be_on_it() {
        assert_eq!(refused("shipping@3f2a00000000").code(), Code::UnknownRevision);
        assert_eq!(refused("shipping@billing").code(), Code::Usage);
        assert_eq!(refused("nowhere@head").code(), Code::UnknownRevision);
        assert_eq!(refused("3f2a@head").code(), Code::AmbiguousRevision);
        assert_eq!(refused("3f2@head").code(), Code::UnknownRevision);
    }

    #[test]
    fn a_dependency_within_a_branch_leaves_one_head() {
        let graph = graph("a #x; b <- a; c <- a depends b");
        assert_eq!(text(&graph, graph.resolve(None, "x@head").unwrap()), "c");
    }

    #[test]
    fn several_heads_are_an_error_that_lists_them_and_says_what_to_do() {
        let error = graph("a; b").resolve(None, "head").unwrap_err();
        assert_eq!(error.code(), Code::MultipleHeads);
        assert_eq!(error.message(), "`head` stands for several revisions: `a`, `b`");
        assert!(error.help().is_some_and(|help| help.contains("cargo migrate merge heads")));
    }
}

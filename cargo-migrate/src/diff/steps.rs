//! Several new names, one after the other: an old name must be free before something else gets it.

/// A new name for something of some kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step<T, N> {
    pub(super) of: T,
    pub(super) from: N,
    pub(super) to: N,
}

/// The steps in an order in which each new name is free, the first possible of the list first. Names that go round in a
/// circle need one in between, which `between` gives.
///
/// - `is_one`: whether the engine takes two names for one. Something may get its own name in other letters.
pub(super) fn in_order<T: Clone, N: Clone>(
    mut open: Vec<Step<T, N>>,
    is_one: impl Fn(&N, &N) -> bool,
    mut between: impl FnMut(&T, &N) -> N,
) -> Vec<Step<T, N>> {
    let mut ordered = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let has = |at: usize, name: &N| {
            open.iter().enumerate().any(|(other, step)| other != at && is_one(&step.from, name))
        };
        let free = open.iter().enumerate().position(|(at, step)| !has(at, &step.to));
        if let Some(at) = free {
            ordered.push(open.remove(at));
            continue;
        }
        let first = &mut open[0];
        let name = between(&first.of, &first.from);
        let from = std::mem::replace(&mut first.from, name.clone());
        ordered.push(Step { of: first.of.clone(), from, to: name });
    }
    ordered
}

/// A name for the time in between, no longer than any engine keeps, that nothing has yet.
pub(super) fn temporary(of: &str, is_taken: impl Fn(&str) -> bool) -> String {
    const LONGEST: usize = 63;
    let named = |number: usize| {
        let end = if number == 1 { String::new() } else { format!("_{number}") };
        let room = LONGEST - PREFIX.len() - end.len();
        format!("{PREFIX}{}{end}", &of[..of.floor_char_boundary(room)])
    };
    let mut number = 1;
    while is_taken(&named(number)) {
        number += 1;
    }
    named(number)
}

const PREFIX: &str = "migrate_tmp_";

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(steps: &[(&str, &str)]) -> Vec<(String, String)> {
        let steps =
            steps.iter().map(|(from, to)| Step { of: (), from: (*from).to_owned(), to: (*to).to_owned() });
        let ordered = in_order(
            steps.collect(),
            |one: &String, other: &String| one.eq_ignore_ascii_case(other),
            |(), name| temporary(name, |_| false),
        );
        ordered.into_iter().map(|step| (step.from, step.to)).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    }

    #[test]
    fn a_name_is_free_before_it_is_given_again() {
        assert_eq!(
            ordered(&[("a", "b"), ("b", "c"), ("x", "y")]),
            pairs(&[("b", "c"), ("a", "b"), ("x", "y")])
        );
        assert_eq!(
            ordered(&[("c", "d"), ("b", "c"), ("a", "b")]),
            pairs(&[("c", "d"), ("b", "c"), ("a", "b")])
        );
    }

    #[test]
    fn a_circle_goes_through_a_name_in_between() {
        assert_eq!(
            ordered(&[("a", "b"), ("b", "a")]),
            pairs(&[("a", "migrate_tmp_a"), ("b", "a"), ("migrate_tmp_a", "b")])
        );
        assert_eq!(
            ordered(&[("a", "b"), ("b", "c"), ("c", "a")]),
            pairs(&[("a", "migrate_tmp_a"), ("c", "a"), ("b", "c"), ("migrate_tmp_a", "b")])
        );
    }

    #[test]
    fn names_that_are_one_to_the_engine_wait_for_each_other() {
        assert_eq!(ordered(&[("a", "B"), ("b", "c")]), pairs(&[("b", "c"), ("a", "B")]));
        assert_eq!(
            ordered(&[("a", "B"), ("b", "A")]),
            pairs(&[("a", "migrate_tmp_a"), ("b", "A"), ("migrate_tmp_a", "B")])
        );
        assert_eq!(ordered(&[("a", "A")]), pairs(&[("a", "A")]));
    }

    #[test]
    fn a_name_in_between_is_short_and_free() {
        assert_eq!(temporary("users", |_| false), "migrate_tmp_users");
        assert_eq!(temporary("users", |name| name == "migrate_tmp_users"), "migrate_tmp_users_2");
        let long = temporary(&"é".repeat(60), |_| false);
        assert!(long.len() <= 63 && long.starts_with("migrate_tmp_é"), "{long}");
    }
}

use super::super::testing::{at, graph, ids, joined, shown};
use super::*;

fn up(text: &str, rows: &str, target: &str) -> String {
    let graph = graph(text);
    shown(&graph, &graph.plan_upgrade(&at(&graph, rows), target).unwrap())
}

fn down(text: &str, rows: &str, target: &str) -> String {
    let graph = graph(text);
    shown(&graph, &graph.plan_downgrade(&at(&graph, rows), target).unwrap())
}

fn up_refused(text: &str, rows: &str, target: &str) -> Code {
    let graph = graph(text);
    let error = graph.plan_upgrade(&at(&graph, rows), target).unwrap_err();
    assert!(error.help().is_some(), "{error}");
    error.code()
}

fn down_refused(text: &str, rows: &str, target: &str) -> Code {
    let graph = graph(text);
    let error = graph.plan_downgrade(&at(&graph, rows), target).unwrap_err();
    assert!(error.help().is_some(), "{error}");
    error.code()
}

/// `b` and `c` stand on `a`, `d` merges them, `e` is a tree of its own that needs `c`.
const DIAMOND: &str = "a; b <- a #left; c <- a #right; d <- b,c; e depends c";

#[test]
fn an_upgrade_applies_the_target_and_every_ancestor_that_is_missing() {
    assert_eq!(up(DIAMOND, "", "d"), "+a (+a), +b (-a +b), +c (+c), +d (-b -c +d) => d");
    assert_eq!(up(DIAMOND, "b", "e"), "+c (+c), +e (-c +e) => b,e");
    assert_eq!(up(DIAMOND, "b", "heads"), "+c (+c), +d (-b -c +d), +e (+e) => d,e");
    assert_eq!(up(DIAMOND, "a", "left@+1"), "+b (-a +b) => b");
}

#[test]
fn an_upgrade_to_what_is_applied_does_nothing() {
    assert_eq!(up(DIAMOND, "d", "a"), " => d");
    assert_eq!(up(DIAMOND, "d,e", "heads"), " => d,e");
    assert_eq!(up("", "", "head"), " => ");
}

#[test]
fn an_upgrade_does_not_go_down() {
    assert_eq!(up_refused(DIAMOND, "d", "-1"), Code::Usage);
    assert_eq!(up_refused(DIAMOND, "d", "left@-1"), Code::Usage);
    assert_eq!(up_refused(DIAMOND, "d", "base"), Code::NotAnAncestor);
    assert_eq!(up_refused(DIAMOND, "d", "left@base"), Code::NotAnAncestor);
    assert_eq!(up_refused(DIAMOND, "d", "a-1"), Code::NotAnAncestor);
}

#[test]
fn a_downgrade_takes_back_what_stands_on_the_target_and_leaves_the_target() {
    assert_eq!(down(DIAMOND, "d,e", "c"), "-e (-e), -d (-d +b +c) => b,c");
    assert_eq!(down(DIAMOND, "d,e", "b"), "-d (-d +b) => b,e");
    assert_eq!(down(DIAMOND, "d,e", "d"), " => d,e");
    assert_eq!(down(DIAMOND, "d", "base"), "-d (-d +b +c), -c (-c), -b (-b +a), -a (-a) => ");
}

#[test]
fn a_downgrade_to_what_is_not_applied_is_refused() {
    assert_eq!(down_refused(DIAMOND, "b", "c"), Code::NotAnAncestor);
    assert_eq!(down_refused(DIAMOND, "b", "heads"), Code::NotAnAncestor);
    assert_eq!(down_refused(DIAMOND, "", "a"), Code::NotAnAncestor);
    assert_eq!(down(DIAMOND, "", "base"), " => ");
    assert_eq!(down(DIAMOND, "b", "current"), " => b");
}

#[test]
fn a_downgrade_does_not_go_up() {
    assert_eq!(down_refused(DIAMOND, "a", "+1"), Code::Usage);
    assert_eq!(down_refused(DIAMOND, "a", "left@+1"), Code::Usage);
}

#[test]
fn a_downgrade_to_the_base_of_a_branch_spares_the_siblings_that_share_its_root() {
    assert_eq!(down("a; b <- a #x; b1 <- b; c <- a", "b1,c", "x@base"), "-b1 (-b1 +b), -b (-b) => c");
    assert_eq!(down("a; b <- a #x; b1 <- b; c <- a", "b1", "x@base"), "-b1 (-b1 +b), -b (-b +a) => a");
    assert_eq!(down(DIAMOND, "d,e", "left@base"), "-d (-d +b), -b (-b) => e");
    assert_eq!(down(DIAMOND, "d,e", "right@base"), "-e (-e), -d (-d +b +c), -c (-c) => b");
    assert_eq!(down(DIAMOND, "d,e", "b@base"), "-d (-d +b), -b (-b) => e");
    assert_eq!(down(DIAMOND, "b", "right@base"), " => b");
}

#[test]
fn one_step_below_a_base_spares_the_other_trees() {
    assert_eq!(down("a; b; c <- a", "b,c", "a-1"), "-c (-c +a), -a (-a) => b");
}

#[test]
fn one_step_back_from_a_merge_leaves_both_parents() {
    assert_eq!(down(DIAMOND, "d", "-1"), "-d (-d +b +c) => b,c");
    let graph = graph(DIAMOND);
    let error = graph.plan_downgrade(&at(&graph, "d"), "-2").unwrap_err();
    assert_eq!(error.code(), Code::AmbiguousWalk);
    assert_eq!(error.message(), "`-2` meets the merge `d`: `b`, `c`");
}

#[test]
fn a_branch_says_which_way_to_go_back_through_a_merge() {
    assert_eq!(down(DIAMOND, "d", "left@-2"), "-d (-d +b +c), -b (-b) => c");
    assert_eq!(down_refused(DIAMOND, "d", "left@-3"), Code::OutOfRange);
}

#[test]
fn steps_back_take_dependents_along() {
    assert_eq!(down("a; b <- a; c <- b; d depends b", "c,d", "c@-2"), "-d (-d), -c (-c +b), -b (-b +a) => a");
    assert_eq!(down("a; b <- a", "b", "-2"), "-b (-b +a), -a (-a) => ");
    assert_eq!(down("a; b depends a", "b", "-1"), "-b (-b +a) => a");
}

#[test]
fn steps_back_from_several_heads_are_ambiguous() {
    let graph = graph(DIAMOND);
    let error = graph.plan_downgrade(&at(&graph, "b,c"), "-1").unwrap_err();
    assert_eq!(error.code(), Code::AmbiguousWalk);
    assert_eq!(error.message(), "`-1` could start from several heads: `b`, `c`");
    assert_eq!(error.help(), Some("say on which branch, with a label or an id: `b@-1`"));
    assert_eq!(down(DIAMOND, "b,c", "b@-1"), "-b (-b) => c");
    assert_eq!(down(DIAMOND, "b,c", "right@-1"), "-c (-c) => b");
}

#[test]
fn steps_back_end_at_the_base() {
    assert_eq!(down_refused("a; b <- a", "b", "-3"), Code::OutOfRange);
    assert_eq!(down_refused("a; b <- a", "", "-1"), Code::OutOfRange);
    assert_eq!(down_refused(DIAMOND, "b", "left@-2"), Code::OutOfRange);
    assert_eq!(down_refused(DIAMOND, "b", "right@-1"), Code::OutOfRange);
}

#[test]
fn a_revision_that_cannot_be_undone_stops_a_downgrade_before_it_begins() {
    let text = "a; b <- a !gone; c <- b; d <- c !lost";
    let graph = graph(text);
    let error = graph.plan_downgrade(&at(&graph, "d"), "a").unwrap_err();
    assert_eq!((error.code(), error.revision()), (Code::Irreversible, Some("d")));
    assert_eq!(error.message(), "revision `d` cannot be undone: lost");
    assert_eq!(down_refused(text, "c", "base"), Code::Irreversible);
    assert_eq!(down(text, "c", "b"), "-c (-c +b) => b");
}

#[test]
fn a_revision_may_depend_on_an_ancestor_of_what_it_revises() {
    let text = "a; b <- a; c; d <- a depends b,c";
    assert_eq!(up(text, "", "head"), "+a (+a), +b (-a +b), +c (+c), +d (-b -c +d) => d");
    assert_eq!(down(text, "d", "a"), "-d (-d +b +c), -b (-b +a) => a,c");
}

#[test]
fn a_merge_may_list_an_ancestor_beside_its_descendant() {
    let text = "a; b <- a; m <- a,b";
    assert_eq!(up(text, "", "head"), "+a (+a), +b (-a +b), +m (-b +m) => m");
    assert_eq!(down(text, "m", "base"), "-m (-m +b), -b (-b +a), -a (-a) => ");
}

#[test]
fn a_downgrade_below_a_dependency_leaves_no_overlapping_rows() {
    let text = "a; b; c depends a; d <- a depends c";
    assert_eq!(down(text, "b,d", "a"), "-d (-d +c), -c (-c +a) => a,b");
    assert_eq!(up(text, "a,b", "heads"), "+c (-a +c), +d (-c +d) => b,d");
}

#[test]
fn overlapping_rows_go_with_the_first_step() {
    let text = "a; b <- a; c <- b; d";
    assert_eq!(up(text, "a,b", "c"), "+c (-a -b +c) => c");
    assert_eq!(up(text, "a,b", "d"), "+d (-a +d) => b,d");
    assert_eq!(down(text, "a,c", "b"), "-c (-a -c +b) => b");
    assert_eq!(down(text, "a,b,c", "a"), "-c (-a -c), -b (-b +a) => a");
    assert_eq!(up(text, "a,b", "b"), " => a,b");
}

#[test]
fn a_plan_says_where_it_begins_and_ends() {
    let graph = graph(DIAMOND);
    let plan = graph.plan_upgrade(&at(&graph, "c,b"), "heads").unwrap();
    assert_eq!((joined(&plan.from), joined(&plan.to)), ("b,c".into(), "d,e".into()));
    assert_eq!(plan.steps[0].delete, ids("b,c"));
    assert_eq!(plan.steps[0].direction.to_string(), "up");
}

#[test]
fn junk_is_refused_by_every_plan() {
    let graph = graph(DIAMOND);
    let state = at(&graph, "d");
    for bad in
        ["", "+1garbage", "left@", "@x", "a:b:c", "a@b@c", "+0", "-0", "+", "a-9", "++1", "a b", "nothing"]
    {
        assert!(graph.plan_upgrade(&state, bad).is_err(), "{bad}");
        assert!(graph.plan_downgrade(&state, bad).is_err(), "{bad}");
        assert!(graph.plan_stamp(&state, &[bad], false).is_err(), "{bad}");
        assert!(graph.resolve(Some(&state), bad).is_err(), "{bad}");
    }
}

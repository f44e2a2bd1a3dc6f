//! What holds for every graph, every state of a database and every target.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::{
    RevisionId, Timestamp,
    graph::{Direction, Graph, Index, Node, Plan, State},
};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index as Pick, select},
};

/// Ids of up to 30 revisions, in any order of creation, with merges, dependencies, several bases and labels.
fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let parents = prop_oneof![1 => Just(0..=0_usize), 6 => Just(1..=1), 2 => Just(2..=3)];
    let parents = parents.prop_flat_map(|count| vec(any::<Pick>(), count));
    let needs = prop_oneof![3 => Just(0..=0_usize), 1 => Just(1..=2)];
    let needs = needs.prop_flat_map(|count| vec(any::<Pick>(), count));
    let revision = (any::<u16>(), parents, needs, prop::bool::weighted(0.2), option::of(0..4_i64));
    vec(revision, 0..=30).prop_map(|revisions| {
        let mut nodes: Vec<Node> = Vec::new();
        for (at, (salt, revises, depends_on, labelled, created)) in revisions.into_iter().enumerate() {
            let earlier = |picks: Vec<Pick>| -> Vec<RevisionId> {
                if at == 0 {
                    return Vec::new();
                }
                picks.into_iter().map(|pick| nodes[pick.index(at)].id.clone()).collect()
            };
            nodes.push(Node {
                revises: earlier(revises),
                depends_on: earlier(depends_on),
                labels: if labelled { vec![format!("label{at}").parse().unwrap()] } else { Vec::new() },
                created: created.map(Timestamp::from_unix_seconds),
                ..Node::new(format!("{salt:04x}{at:02}").parse().unwrap())
            });
        }
        nodes
    })
}

/// A graph, the rows of a database (which may overlap), and a word that may or may not mean something.
fn cases() -> impl Strategy<Value = (Graph, Vec<RevisionId>, String)> {
    (nodes(), vec(any::<Pick>(), 0..5)).prop_flat_map(|(nodes, rows)| {
        let rows: Vec<_> =
            rows.iter().filter(|_| !nodes.is_empty()).map(|row| row.get(&nodes).id.clone()).collect();
        let graph = Graph::new(nodes.clone()).unwrap();
        (Just(graph), Just(rows), words(&nodes))
    })
}

fn words(nodes: &[Node]) -> impl Strategy<Value = String> + use<> {
    let names = nodes.iter().flat_map(|node| {
        let labels = node.labels.iter().map(ToString::to_string);
        labels.chain([node.id.to_string(), node.id.as_str()[..4].to_owned()])
    });
    let places = ["head", "heads", "base", "current"].map(str::to_owned);
    let names: Vec<_> = names.chain(["nowhere".to_owned()]).collect();
    let starts: Vec<_> = names.iter().cloned().chain(places).chain([String::new()]).collect();
    let walk = prop_oneof![3 => Just(String::new()), 1 => (1..5).prop_map(|n| format!("+{n}")), 1 => (1..5).prop_map(|n| format!("-{n}"))];
    let branch =
        prop_oneof![2 => Just(String::new()), 1 => select(names).prop_map(|name| format!("{name}@"))];
    (branch, select(starts), walk).prop_map(|(branch, start, walk)| format!("{branch}{start}{walk}"))
}

/// What identifiers are made of, and what they are not.
const PIECES: [&str; 15] = [
    "@",
    "+",
    "-",
    ":",
    "1",
    "0",
    "99999999999",
    " ",
    "head",
    "heads",
    "base",
    "current",
    "é",
    "label1",
    ".",
];

/// Anything that may be typed, sane or not.
fn garbage() -> impl Strategy<Value = String> {
    prop_oneof![vec(select(&PIECES[..]), 0..7).prop_map(|pieces| pieces.concat()), any::<String>()]
}

/// The definition of maximal elements, without any of the shortcuts.
fn maximal(graph: &Graph, applied: &BTreeSet<Index>) -> BTreeSet<RevisionId> {
    let below = |index: &Index| {
        applied.iter().any(|other| other != index && graph.ancestors(&[*other]).contains(*index))
    };
    applied.iter().filter(|index| !below(index)).map(|index| graph.id(*index).clone()).collect()
}

fn applied(state: &State) -> BTreeSet<Index> {
    state.applied().iter().collect()
}

/// Runs a plan on a pretended database; the revisions that it has afterwards.
fn run(graph: &Graph, state: &State, plan: &Plan) -> Result<BTreeSet<Index>, TestCaseError> {
    let mut applied = applied(state);
    let mut rows: BTreeSet<_> = state.rows().iter().cloned().collect();
    for step in &plan.steps {
        let revision = step.revision;
        match step.direction {
            Direction::Up => {
                prop_assert!(graph.parents(revision).iter().all(|parent| applied.contains(parent)));
                prop_assert!(applied.insert(revision));
            }
            Direction::Down => {
                prop_assert!(graph.children(revision).iter().all(|child| !applied.contains(child)));
                prop_assert!(applied.remove(&revision));
            }
            Direction::Stamp => prop_assert!(false, "a plan has no stamps"),
        }
        prop_assert!(step.delete.iter().all(|row| rows.remove(row)), "a row to delete is there");
        prop_assert!(step.insert.iter().all(|row| rows.insert(row.clone())), "a row to insert is not there");
        prop_assert_eq!(&rows, &maximal(graph, &applied));
    }
    let order: Vec<_> = plan.steps.iter().map(|step| step.revision).collect();
    let ascending = |pair: &[Index]| (pair[0] < pair[1]) == (plan.steps[0].direction == Direction::Up);
    prop_assert!(order.windows(2).all(ascending), "steps are in canonical order");
    prop_assert_eq!(&plan.from, state.rows());
    prop_assert!(rows.iter().eq(&plan.to));
    Ok(applied)
}

fn after(graph: &Graph, plan: &Plan) -> State {
    State::new(graph, &plan.to).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn an_upgrade_adds_the_ancestors_of_its_target((graph, rows, word) in cases()) {
        let state = State::new(&graph, &rows).unwrap();
        if let Ok(plan) = graph.plan_upgrade(&state, &word) {
            let mut expected = applied(&state);
            expected.extend(graph.ancestors(&graph.resolve(Some(&state), &word)?).iter());
            prop_assert_eq!(run(&graph, &state, &plan)?, expected);
        }
    }

    #[test]
    fn a_downgrade_removes_the_applied_strict_descendants_of_its_target((graph, rows, word) in cases()) {
        let state = State::new(&graph, &rows).unwrap();
        if let Ok(plan) = graph.plan_downgrade(&state, &word) {
            let left = run(&graph, &state, &plan)?;
            // Without a state, words that count from where the database is mean nothing: those are tested below.
            if let (Ok([target]), false) = (graph.resolve(None, &word).as_deref(), word.ends_with("@base")) {
                let above = graph.descendants(&[*target]);
                let stays = |index: &Index| index == target || !above.contains(*index);
                prop_assert_eq!(left, applied(&state).into_iter().filter(stays).collect());
            }
        }
    }

    #[test]
    fn a_downgrade_to_the_base_of_a_branch_removes_nothing_but_that_branch_and_its_dependents(
        (graph, rows, word) in cases(),
    ) {
        let state = State::new(&graph, &rows).unwrap();
        let word = format!("{}@base", word.split('@').next().unwrap_or_default());
        if let Ok(plan) = graph.plan_downgrade(&state, &word) {
            let first = graph.resolve_one(None, &word)?;
            let branch = graph.descendants(&[first]);
            let expected: BTreeSet<_> = applied(&state).into_iter().filter(|index| !branch.contains(*index)).collect();
            prop_assert_eq!(run(&graph, &state, &plan)?, expected);
        }
    }

    #[test]
    fn one_step_back_removes_the_one_head((graph, rows, _) in cases()) {
        let state = State::new(&graph, &rows).unwrap();
        let plan = graph.plan_downgrade(&state, "-1");
        if let [head] = *state.heads(&graph) {
            let mut expected = applied(&state);
            expected.remove(&head);
            prop_assert_eq!(run(&graph, &state, &plan?)?, expected);
        } else {
            prop_assert!(plan.is_err());
        }
    }

    #[test]
    fn whatever_a_downgrade_took_back_upgrades_to_the_former_heads_bring_again((graph, rows, word) in cases()) {
        let state = State::new(&graph, &rows).unwrap();
        if let Ok(plan) = graph.plan_downgrade(&state, &word) {
            let mut now = after(&graph, &plan);
            for head in state.heads(&graph) {
                now = after(&graph, &graph.plan_upgrade(&now, graph.id(head).as_str())?);
            }
            prop_assert_eq!(now.applied(), state.applied());
        }
    }

    #[test]
    fn an_upgrade_that_only_builds_on_the_head_is_undone_by_a_downgrade_to_it((graph, rows, word) in cases()) {
        let state = State::new(&graph, &rows).unwrap();
        let (Ok(plan), [head]) = (graph.plan_upgrade(&state, &word), &*state.heads(&graph)) else { return Ok(()) };
        let above = graph.descendants(&[*head]);
        if plan.steps.iter().all(|step| above.contains(step.revision)) {
            let back = graph.plan_downgrade(&after(&graph, &plan), graph.id(*head).as_str())?;
            let restored = after(&graph, &back);
            prop_assert_eq!(restored.applied(), state.applied());
        }
    }

    #[test]
    fn everything_that_went_up_comes_down((graph, _, _) in cases()) {
        let plan = graph.plan_upgrade(&State::empty(&graph), "heads")?;
        prop_assert_eq!(plan.steps.len(), graph.len());
        let full = after(&graph, &plan);
        prop_assert!(full.is_current(&graph));
        prop_assert_eq!(full.heads(&graph), graph.effective_heads());
        let back = graph.plan_downgrade(&full, "base")?;
        prop_assert!(run(&graph, &full, &back)?.is_empty());
    }

    #[test]
    fn a_stamp_ends_where_the_upgrade_or_the_downgrade_to_the_same_word_ends((graph, rows, word) in cases()) {
        let state = State::new(&graph, &rows).unwrap();
        let rows = maximal(&graph, &applied(&state));
        let state = State::new(&graph, &rows.iter().cloned().collect::<Vec<_>>()).unwrap();
        if let Ok(stamp) = graph.plan_stamp(&state, &[&word], false) {
            let mut changed = rows;
            prop_assert!(stamp.delete.iter().all(|row| changed.remove(row)));
            prop_assert!(stamp.insert.iter().all(|row| changed.insert(row.clone())));
            prop_assert!(changed.iter().eq(&stamp.to));
            let down = graph.plan_downgrade(&state, &word).ok();
            let up = graph.plan_upgrade(&state, &word).ok();
            let plans: Vec<_> = down.into_iter().chain(up).collect();
            // Several targets may go up and down at once; only a stamp can do that.
            if graph.resolve(Some(&state), &word).is_ok_and(|targets| targets.len() < 2) {
                prop_assert!(plans.iter().any(|plan| plan.to == stamp.to), "{} {:?}", word, stamp);
            }
        }
    }

    #[test]
    fn the_order_of_the_files_changes_no_plan(
        (nodes, shuffled) in nodes().prop_flat_map(|nodes| (Just(nodes.clone()), Just(nodes).prop_shuffle())),
        word in prop_oneof![Just("heads".to_owned()), Just("+2".to_owned()), "label[0-9]@(head|base|[+]1)"],
    ) {
        let (one, two) = (Graph::new(nodes).unwrap(), Graph::new(shuffled).unwrap());
        let ids = |graph: &Graph| -> Vec<_> { graph.iter().map(|(_, node)| node.id.clone()).collect() };
        prop_assert_eq!(ids(&one), ids(&two));
        let plans = [&one, &two].map(|graph| graph.plan_upgrade(&State::empty(graph), &word));
        prop_assert_eq!(format!("{:?}", plans[0]), format!("{:?}", plans[1]));
    }

    #[test]
    fn parents_stand_before_children_and_ties_go_to_the_older((graph, _, _) in cases()) {
        let mut placed = BTreeSet::new();
        let key = |index: Index| (graph.node(index).created.clone(), graph.id(index).clone());
        for (index, _) in graph.iter() {
            let ready = graph.iter().map(|(other, _)| other).filter(|other| {
                !placed.contains(other) && graph.parents(*other).iter().all(|parent| placed.contains(parent))
            });
            prop_assert_eq!(ready.min_by_key(|other| key(*other)), Some(index));
            placed.insert(index);
        }
    }

    #[test]
    fn labels_belong_to_whoever_the_branch_belongs_to((graph, _, _) in cases()) {
        let labels: BTreeMap<_, _> =
            graph.iter().flat_map(|(index, node)| node.labels.iter().map(move |label| (label, index))).collect();
        for (label, declared) in labels {
            for (index, node) in graph.iter() {
                let member = graph.resolve(None, &format!("{label}@{}", node.id)).is_ok();
                prop_assert_eq!(graph.labels(index).contains(&label), member);
            }
            prop_assert!(graph.labels(declared).contains(&label));
        }
    }

    #[test]
    fn no_word_panics_and_every_refusal_says_what_to_do(
        (graph, rows, word) in cases(),
        garbage in garbage(),
        purge in any::<bool>(),
    ) {
        let strange: RevisionId = "strange".parse().unwrap();
        let states = [State::new(&graph, &rows).unwrap(), State::lenient(&graph, &[strange])];
        for word in [word.clone(), garbage.clone(), format!("{word}{garbage}"), format!("{word}:{garbage}")] {
            let mut errors = Vec::new();
            for state in &states {
                errors.extend(graph.plan_upgrade(state, &word).err());
                errors.extend(graph.plan_downgrade(state, &word).err());
                errors.extend(graph.plan_stamp(state, &[&word], purge).err());
                errors.extend(graph.resolve_one(Some(state), &word).err());
                errors.extend(graph.resolve_range(Some(state), &word).err());
            }
            errors.extend(graph.resolve(None, &word).err());
            for error in errors {
                prop_assert!(error.help().is_some(), "{}", error);
                prop_assert!(!error.message().contains('\n'), "{}", error);
            }
        }
    }

    #[test]
    fn no_set_of_headers_panics(nodes in nodes(), links in vec((any::<Pick>(), any::<Pick>()), 0..6)) {
        let mut nodes = nodes;
        for (from, to) in links {
            if !nodes.is_empty() {
                let id = to.get(&nodes).id.clone();
                let at = from.index(nodes.len());
                nodes[at].revises.push(id);
            }
        }
        if let Err(error) = Graph::new(nodes) {
            prop_assert!(error.help().is_some() && error.revision().is_some());
        }
    }
}

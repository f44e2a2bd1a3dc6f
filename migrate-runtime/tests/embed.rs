//! What `embed!` puts into the program: the project `shop`, which has a branch and a merge.

use migrate_core::lock::Lock;
use migrate_runtime::{Code, Dialect, Versions, embed};

static SHOP: Versions = embed!("tests/fixtures/shop/migrations");

const LOCK: &str = include_str!("fixtures/shop/migrations/migrate.lock");
const BIO: &str = include_str!("fixtures/shop/migrations/versions/20260107T110000_9b1c77e0a2d4_add_bio.sql");

#[test]
fn the_graph_is_that_of_the_files_in_canonical_order() {
    let graph = SHOP.graph().unwrap();
    let ids: Vec<_> = graph.iter().map(|(_, node)| node.id.as_str()).collect();
    assert_eq!(ids, ["3f2a9c41d07b", "77aa01bc93de", "9b1c77e0a2d4", "c04d5e6f7a8b"]);
    assert_eq!((SHOP.len(), SHOP.is_empty()), (4, false));
    assert_eq!((graph.branch_points().len(), graph.merge_points().len(), graph.heads().len()), (1, 1, 1));
    assert_eq!(graph.find_label("billing").map(|index| graph.id(index).as_str()), Some("77aa01bc93de"));
}

#[test]
fn headers_are_embedded_letter_by_letter() {
    let graph = SHOP.graph().unwrap();
    let node = graph.node(graph.find(&"9b1c77e0a2d4".parse().unwrap()).unwrap());
    assert_eq!(node.message, "add a \"bio\" – é – to users");
    assert_eq!(node.created.as_ref().map(ToString::to_string).as_deref(), Some("2026-01-07T11:00:00+01:00"));
    assert_eq!(node.irreversible.as_deref(), Some("the texts would be lost"));
    let parents = |id: &str| {
        let node = graph.node(graph.find(&id.parse().unwrap()).unwrap());
        node.revises.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(parents("3f2a9c41d07b"), Vec::<String>::new());
    assert_eq!(parents("c04d5e6f7a8b"), ["77aa01bc93de", "9b1c77e0a2d4"]);
}

#[test]
fn a_file_goes_by_its_path_from_the_crate_and_has_its_whole_text() {
    let file = SHOP.file("9b1c77e0a2d4").unwrap();
    assert_eq!(
        file.name(),
        "tests/fixtures/shop/migrations/versions/20260107T110000_9b1c77e0a2d4_add_bio.sql"
    );
    assert_eq!(file.text(), BIO);
    assert_eq!(SHOP.file("3f2a9c41d07b").unwrap().header().message, "create users");
    assert_eq!(SHOP.file("3f2a").unwrap_err().code(), Code::UnknownRevision);
}

#[test]
fn dialects_and_seals_are_those_of_the_lock() {
    assert_eq!(SHOP.dialects(), [Dialect::Postgres, Dialect::Sqlite]);
    let embedded = format!("{SHOP:?}");
    for sealed in Lock::parse("migrate.lock", LOCK).unwrap().revisions {
        for seal in sealed.seals.values() {
            assert!(
                embedded.contains(&format!("(\"{}\", \"{}\")", seal.checksum, seal.lineage)),
                "{}",
                sealed.id
            );
        }
    }
}

#[test]
fn the_expression_is_constant_and_its_argument_may_be_raw() {
    const RAW: Versions = embed!(r#"tests/fixtures/shop/migrations/"#,);
    assert_eq!(RAW.len(), 4);
}

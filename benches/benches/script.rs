//! The splitter and the seal, on a script of a megabyte.

#![allow(missing_docs, clippy::unwrap_used)]

use divan::{Bencher, counter::BytesCount};
use migrate_core::{Dialect, revision::RevisionFile, seal, sql};

const MEGABYTE: usize = 1 << 20;

fn main() {
    divan::main();
}

#[divan::bench(args = Dialect::ALL)]
fn split(bencher: Bencher<'_, '_>, dialect: Dialect) {
    let text = migrate_benches::script(MEGABYTE);
    bencher.counter(BytesCount::of_str(&text)).bench(|| sql::split(dialect, &text, 0..text.len()).unwrap());
}

#[divan::bench(args = Dialect::ALL)]
fn seal_a_revision(bencher: Bencher<'_, '_>, dialect: Dialect) {
    let text = format!("-- m\n-- Revision: a\n-- migrate:up\n{}", migrate_benches::script(MEGABYTE));
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| seal::checksum(&RevisionFile::parse("a.sql", &*text).unwrap(), dialect).unwrap());
}

//! One test for each promise and each server. A server that is not there is reported as ignored, not as passed; one
//! that `MIGRATE_TEST_REQUIRED` names and that is not there is a failure.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    clippy::format_push_string
)]

mod autogenerate;
mod contained;
mod corpus;
mod decisions;
mod dialects;
mod enum_values;
mod failures;
mod fixtures;
mod generated;
mod interrupted;
mod moves;
mod mssql;
mod mysql_models;
mod offline;
mod pairs;
mod postgres_models;
mod rebuilds;
mod reflected;
mod renames;
mod resume;
mod sessions;
mod sqlite;
mod starters;
mod startup;
mod taken_away;
mod tampering;
mod tool;
mod translated;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use migrate_tests::{Scratch, ServerKind};

/// A promise, to be kept on each of some servers.
pub(crate) struct Promise {
    pub(crate) name: &'static str,
    pub(crate) on: &'static [ServerKind],
    pub(crate) test: fn(Scratch),
}

pub(crate) const EVERYWHERE: &[ServerKind] = &ServerKind::ALL;

/// Lists the tests of a module.
#[macro_export]
macro_rules! promises {
    ($($name:ident on $servers:expr;)+) => {
        pub(crate) const PROMISES: &[$crate::Promise] =
            &[$($crate::Promise { name: stringify!($name), on: $servers, test: $name }),+];
    };
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let modules = [
        ("moves", moves::PROMISES),
        ("startup", startup::PROMISES),
        ("tool", tool::PROMISES),
        ("failures", failures::PROMISES),
        ("interrupted", interrupted::PROMISES),
        ("resume", resume::PROMISES),
        ("sessions", sessions::PROMISES),
        ("starters", starters::PROMISES),
        ("tampering", tampering::PROMISES),
        ("rebuilds", rebuilds::PROMISES),
        ("taken_away", taken_away::PROMISES),
        ("mssql", mssql::PROMISES),
        ("mysql_models", mysql_models::PROMISES),
        ("offline", offline::PROMISES),
        ("corpus", corpus::PROMISES),
        ("pairs", pairs::PROMISES),
        ("enum_values", enum_values::PROMISES),
        ("renames", renames::PROMISES),
        ("postgres_models", postgres_models::PROMISES),
        ("generated", generated::PROMISES),
        ("autogenerate", autogenerate::PROMISES),
        ("decisions", decisions::PROMISES),
        ("dialects", dialects::PROMISES),
        ("translated", translated::PROMISES),
        ("reflected", reflected::PROMISES),
        ("contained", contained::PROMISES),
        ("sqlite", sqlite::PROMISES),
    ];
    let mut trials = Vec::new();
    for (module, promises) in modules {
        for promise in promises {
            for kind in promise.on {
                let name = format!("{module}::{}::{}", promise.name, kind.name());
                let test = promise.test;
                let is_of_corpus = matches!(module, "corpus" | "pairs")
                    || promise.name.starts_with("chinook")
                    || promise.name.starts_with("sakila");
                let has_data = !is_of_corpus || corpus::corpus().is_some();
                trials.push(match kind.server().filter(|_| has_data) {
                    Some(server) => Trial::test(name, move || {
                        test(Scratch::new(&server));
                        Ok(())
                    }),
                    None if kind.is_required() && has_data => {
                        Trial::test(name, || Err(Failed::from("this server must be there")))
                    }
                    None => Trial::test(name, || Ok(())).with_ignored_flag(true),
                });
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

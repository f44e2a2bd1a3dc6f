//! Finding and reading the models of a crate. The promise: 1,500 models of 8 columns scan in under 300 ms.

#![allow(missing_docs, clippy::unwrap_used)]
// The plugin is a program: its modules are compiled again here, and the benchmark uses a part of them.
#![allow(dead_code, unused_imports, unreachable_pub)]

use std::{collections::BTreeMap, fs};

use divan::Bencher;
use migrate_core::Dialect;
use tempfile::TempDir;

#[path = "../../cargo-migrate/src/models/mod.rs"]
mod models;
#[path = "../../cargo-migrate/src/paths.rs"]
mod paths;

use models::{Package, Settings, Target};

const FILES: usize = 100;
const IN_A_FILE: usize = 15;

fn main() {
    divan::main();
}

/// A crate of models, with as much code beside them as people have.
fn package() -> (TempDir, Package) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    };
    let modules: Vec<_> = (0..FILES).map(|file| format!("pub mod area_{file};")).collect();
    for file in 0..FILES {
        let mut text = String::from(
            "use chrono::{DateTime, Utc};\nuse migrate_runtime::{Enum, Table};\nuse uuid::Uuid;\n\n\
             #[derive(Debug, Clone, Copy, Enum)]\npub enum State { Active, Gone }\n",
        );
        text = text.replace("State", &format!("State{file}"));
        for number in 0..IN_A_FILE {
            let name = format!("Thing{file}x{number}");
            text.push_str(&MODEL.replace("STATE", &format!("State{file}")).replace("NAME", &name));
        }
        write(&format!("src/models/area_{file}.rs"), &text);
    }
    write("src/models.rs", &modules.join("\n"));
    let root = write("src/lib.rs", "pub mod models;\n");
    let targets = vec![Target { name: "shop".to_owned(), root }];
    (folder, Package { targets, renames: BTreeMap::new() })
}

const MODEL: &str = r#"
/// Something that is stored.
#[derive(Debug, Clone, Table)]
#[table(index(columns(email, created_at desc)), check(name = "ck_NAME_age", expr = "age >= 0"))]
pub struct NAME {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(length = 255, unique)]
    pub email: String,
    pub bio: Option<String>,
    pub age: i16,
    #[column(default = "active")]
    pub state: STATE,
    #[column(default_expr = "CURRENT_TIMESTAMP")]
    pub created_at: DateTime<Utc>,
    #[column(index)]
    pub parent: Option<Uuid>,
    pub tags: Vec<String>,
}

impl NAME {
    pub fn is_old(&self, now: DateTime<Utc>) -> bool {
        let years = (now - self.created_at).num_days() / 365;
        match self.bio.as_deref() {
            Some(bio) if bio.len() > 10 => years > 1 || self.age > 20,
            Some(_) | None => self.tags.iter().any(|tag| tag.starts_with("old")),
        }
    }
}
"#;

#[divan::bench(sample_count = 20)]
fn models_of_a_crate(bencher: Bencher<'_, '_>) {
    let (_folder, package) = package();
    let settings =
        Settings { dialects: vec![Dialect::Postgres], types: BTreeMap::new(), reserved: Vec::new() };
    bencher.bench_local(|| {
        let models = models::scan(std::slice::from_ref(&package), &settings).unwrap();
        assert_eq!((models.tables.len(), models.enums.len()), (FILES * IN_A_FILE, FILES));
        // What the parser keeps of the files would grow from run to run.
        proc_macro2::extra::invalidate_current_thread_spans();
    });
}

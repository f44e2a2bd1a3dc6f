//! `include_dir!` does not tell cargo which files it read.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=templates");
}

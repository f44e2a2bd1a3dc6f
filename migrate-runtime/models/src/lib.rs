//! What a Rust struct says of a table, and a Rust enum of an enumerated type: the one grammar of the attributes.
//!
//! `migrate-macros` reads the models with it while a crate is compiled, and `cargo migrate` reads them with it from the
//! source, so that both accept the same. What comes out is plain data. Names of fields and types are not resolved
//! beyond the struct itself: that takes the whole crate, and is the plugin's work.
//!
//! ```
//! use migrate_models::TableModel;
//!
//! let item = syn::parse_str(
//!     "#[table(name = \"users\")] struct User { #[column(primary_key, identity)] id: i64, bio: Option<String> }",
//! )?;
//! let table = TableModel::read(&item)?;
//! assert_eq!(table.name.value, "users");
//! assert_eq!(table.columns.len(), 2);
//! # Ok::<(), syn::Error>(())
//! ```

mod case;
mod check;
mod column;
mod constraint;
mod default;
mod engine;
mod entry;
mod enumeration;
mod identity;
mod index;
mod reference;
mod spanned;
mod table;

pub use case::Case;
pub use column::{ColumnModel, ColumnOptions};
pub use constraint::{
    Action, CheckModel, CheckOptions, ExclusionModel, ForeignKeyModel, ForeignKeyOptions, PrimaryKeyModel,
    UniqueModel, UniqueOptions,
};
pub use default::{DefaultModel, Literal};
pub use engine::{Layer, Layers, Only};
pub use entry::{HELP, parts};
pub use enumeration::{EnumModel, Storage, ValueModel};
pub use identity::{IdentityModel, SequenceModel, SequenceNumbers};
pub use index::{IndexKey, IndexModel, IndexOptions, IndexPart, Nulls};
pub use reference::Reference;
pub use spanned::Spanned;
pub use table::{TableModel, TableOptions};

/// The attributes that belong to `derive(Table)`.
pub const TABLE_ATTRIBUTES: [&str; 2] = ["table", "column"];

/// The attributes that belong to `derive(Enum)`.
pub const ENUM_ATTRIBUTES: [&str; 2] = ["enumeration", "variant"];

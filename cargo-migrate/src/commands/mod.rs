//! One file for each command.

mod check;
mod completions;
mod database;
mod diff;
mod edit;
mod init;
mod list_templates;
mod lock;
mod merge;
mod rebase;
mod reflect;
mod revision;

pub(crate) use check::CheckArgs;
pub(crate) use completions::{CompletionsArgs, ManArgs};
pub(crate) use database::database;
pub(crate) use diff::DiffArgs;
pub(crate) use edit::EditArgs;
pub(crate) use init::InitArgs;
pub(crate) use list_templates::list_templates;
pub(crate) use lock::LockArgs;
pub(crate) use merge::MergeArgs;
pub(crate) use rebase::RebaseArgs;
pub(crate) use reflect::ReflectArgs;
pub(crate) use revision::RevisionArgs;

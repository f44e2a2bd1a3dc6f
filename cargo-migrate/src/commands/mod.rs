//! One file for each command.

mod check;
mod database;
mod diff;
mod init;
mod list_templates;
mod lock;
mod merge;
mod reflect;
mod revision;

pub(crate) use check::CheckArgs;
pub(crate) use database::database;
pub(crate) use diff::DiffArgs;
pub(crate) use init::InitArgs;
pub(crate) use list_templates::list_templates;
pub(crate) use lock::LockArgs;
pub(crate) use merge::MergeArgs;
pub(crate) use reflect::ReflectArgs;
pub(crate) use revision::RevisionArgs;

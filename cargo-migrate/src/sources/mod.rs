//! Where a schema comes from: a database, the revisions replayed, a file of SQL. The models are read elsewhere.

mod dump;
mod guard;
mod load;
mod reach;
mod replay;
mod source;

pub(crate) use load::{Loaded, Loader};
pub(crate) use replay::missing_extension;
pub(crate) use source::Source;

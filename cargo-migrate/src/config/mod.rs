//! `migrate.toml`.

mod autogenerate;
mod environment;
mod file;
mod file_template;
mod hooks;
mod models;
mod reader;
mod source;
mod url;
mod variables;

pub(crate) use autogenerate::AutogenerateConfig;
pub(crate) use environment::{Settings, parse_duration};
pub(crate) use file::Config;
pub(crate) use file_template::FileTemplate;
pub(crate) use hooks::Hook;
pub(crate) use models::ModelsConfig;
pub(crate) use source::{Source, Spanned};
pub(crate) use url::UrlSources;
pub(crate) use variables::Variables;

/// The name of the file, in the folder of the package.
pub(crate) const CONFIG_FILE: &str = "migrate.toml";

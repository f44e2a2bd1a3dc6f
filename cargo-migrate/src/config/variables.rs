use std::{collections::HashMap, env, path::Path};

use migrate_core::{Code, Error};

use crate::{files::refused, paths::shown};

/// The variables of the process, then those of the `.env` files that were found.
#[derive(Debug)]
pub(crate) struct Variables {
    process: fn(&str) -> Option<String>,
    files: Vec<HashMap<String, String>>,
}

impl Variables {
    /// Reads the `.env` of each folder; an earlier folder's values come first. Nothing is put into the process.
    ///
    /// # Errors
    /// [`Code::Io`], [`Code::InvalidConfiguration`]. The content of a line is not repeated: it may be a password.
    pub(crate) fn load<'f>(folders: impl IntoIterator<Item = &'f Path>) -> Result<Self, Error> {
        let mut files = Vec::new();
        for path in folders.into_iter().map(|folder| folder.join(".env")) {
            if !path.is_file() {
                continue;
            }
            let broken = |error: dotenvy::Error| match error {
                dotenvy::Error::Io(error) => refused(&path, &error),
                _ => {
                    Error::new(Code::InvalidConfiguration, format!("{}: a line cannot be read", shown(&path)))
                        .with_help("write NAME=VALUE; put quotes around a value with spaces or `#`")
                }
            };
            let pairs = dotenvy::from_path_iter(&path).map_err(broken)?;
            files.push(pairs.collect::<Result<HashMap<_, _>, _>>().map_err(broken)?);
        }
        Ok(Self { process: |name| env::var(name).ok(), files })
    }

    /// The value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        (self.process)(name).or_else(|| self.files.iter().find_map(|file| file.get(name).cloned()))
    }

    #[cfg(test)]
    pub(super) fn of<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { process: |_| None, files: vec![pairs.collect()] }
    }
}

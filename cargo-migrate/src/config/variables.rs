use std::{
    cell::OnceCell,
    collections::HashMap,
    env,
    path::{Path, PathBuf},
};

use migrate_core::{Code, Error};

use crate::{files::refused, paths::shown};

/// The variables of the process, then those of the `.env` files. Nothing is put into the process.
#[derive(Debug)]
pub(crate) struct Variables {
    process: fn(&str) -> Option<String>,
    folders: Vec<PathBuf>,
    /// Read when first needed: a `.env` for another program must not be in the way.
    files: OnceCell<Vec<EnvFile>>,
}

/// A `.env` that was read.
#[derive(Debug)]
struct EnvFile {
    folder: PathBuf,
    values: HashMap<String, String>,
}

/// What a variable says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable<'v> {
    pub(crate) value: String,
    /// The folder of the `.env` that it stands in; nothing if it is the process's own.
    pub(crate) folder: Option<&'v Path>,
}

impl Variables {
    /// With the `.env` of each folder, if there is one; an earlier folder comes first.
    pub(crate) fn new(folders: Vec<PathBuf>) -> Self {
        Self { process: |name| env::var(name).ok(), folders, files: OnceCell::new() }
    }

    /// A variable, and where it stands.
    ///
    /// # Errors
    /// [`Code::Io`], [`Code::InvalidConfiguration`]. The content of a line is not repeated: it may be a password.
    pub(crate) fn get(&self, name: &str) -> Result<Option<Variable<'_>>, Error> {
        if let Some(value) = (self.process)(name) {
            return Ok(Some(Variable { value, folder: None }));
        }
        if self.files.get().is_none() {
            let _ = self.files.set(self.read()?);
        }
        let mut files = self.files.get().into_iter().flatten();
        Ok(files.find_map(|file| {
            let value = file.values.get(name)?.clone();
            Some(Variable { value, folder: Some(&file.folder) })
        }))
    }

    fn read(&self) -> Result<Vec<EnvFile>, Error> {
        let mut files = Vec::new();
        for folder in &self.folders {
            let path = folder.join(".env");
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
            let values = pairs.collect::<Result<_, _>>().map_err(broken)?;
            files.push(EnvFile { folder: folder.clone(), values });
        }
        Ok(files)
    }

    #[cfg(test)]
    pub(super) fn of<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let file = EnvFile { folder: PathBuf::from("/env"), values: pairs.collect() };
        Self { process: |_| None, folders: Vec::new(), files: OnceCell::from(vec![file]) }
    }
}

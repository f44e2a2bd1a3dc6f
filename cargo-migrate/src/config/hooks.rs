use migrate_core::Error;

use super::{Source, reader::Section};

/// A command of `[hooks] post_write`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hook {
    /// As it is written.
    pub(crate) text: String,
    /// The program, and its arguments.
    pub(crate) words: Vec<String>,
}

impl Hook {
    /// What stands for the revision's file; without it the file is the last argument.
    pub(crate) const FILE: &str = "{file}";

    /// Reads `[hooks]`.
    ///
    /// # Errors
    /// [`migrate_core::Code::InvalidConfiguration`], with its place.
    pub(super) fn read_all(source: &Source, root: &mut Section<'_>) -> Result<Vec<Self>, Error> {
        let Some(mut section) = root.section("hooks")? else { return Ok(Vec::new()) };
        let commands = section.strings("post_write")?;
        section.finish()?;
        let Some(commands) = commands else { return Ok(Vec::new()) };
        let hooks = commands.value.iter().map(|command| {
            let words = shlex::split(&command.value).filter(|words| !words.is_empty());
            let words = words.ok_or_else(|| {
                source
                    .error(
                        command.span.clone(),
                        "`post_write` holds what is no command: a quote is open, or nothing is there",
                    )
                    .with_help("write each like \"pg_format -i {file}\"; no shell reads it")
            })?;
            Ok(Self { text: command.value.clone(), words })
        });
        hooks.collect()
    }
}

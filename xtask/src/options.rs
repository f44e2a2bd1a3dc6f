//! The command line of `test` and `servers`.

use crate::engine::Engine;
use crate::failure::{Failure, Result};

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// The engines to test, in the order of the report.
    pub(crate) engines: Vec<Engine>,
    /// Whether missing servers may be installed or fetched.
    pub(crate) install: bool,
    /// What stands after `--`.
    pub(crate) rest: Vec<String>,
    flags: Vec<String>,
}

impl Options {
    /// Reads the arguments of a task; `flags` are the ones that this task has besides the common ones.
    pub(crate) fn parse(arguments: &[String], flags: &[&str]) -> Result<Self> {
        let mut options =
            Self { engines: Engine::ALL.to_vec(), install: true, rest: Vec::new(), flags: Vec::new() };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--" => options.rest = arguments.by_ref().cloned().collect(),
                "--no-install" => options.install = false,
                "--only" => {
                    let names = arguments
                        .next()
                        .ok_or_else(|| Failure::Usage("`--only` needs the names of engines".to_owned()))?;
                    options.engines = engines(names)?;
                }
                flag if flags.contains(&flag) => options.flags.push(flag.to_owned()),
                other => match other.strip_prefix("--only=") {
                    Some(names) => options.engines = engines(names)?,
                    None => return Err(Failure::Usage(format!("there is no option `{other}`"))),
                },
            }
        }
        Ok(options)
    }

    /// Whether that flag was given.
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|given| given == flag)
    }
}

fn engines(names: &str) -> Result<Vec<Engine>> {
    let wanted = names
        .split(',')
        .map(|name| {
            Engine::named(name.trim()).ok_or_else(|| {
                let known = Engine::ALL.map(Engine::name).join(", ");
                Failure::Usage(format!("there is no engine `{name}`; there are {known}"))
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Engine::ALL.into_iter().filter(|engine| wanted.contains(engine)).collect())
}

#[cfg(test)]
mod tests {
    use super::{Engine, Failure, Options};

    fn parse(line: &str) -> Result<Options, Failure> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&arguments, &["--long"])
    }

    #[test]
    fn without_options_every_engine_is_wanted_and_may_be_installed() {
        let options = parse("").unwrap();
        assert_eq!(options.engines, Engine::ALL);
        assert!(options.install);
        assert!(!options.has("--long"));
        assert!(options.rest.is_empty());
    }

    #[test]
    fn only_keeps_the_order_of_the_report() {
        let expected = [Engine::Postgres, Engine::Sqlite];
        assert_eq!(parse("--only sqlite,postgres").unwrap().engines, expected);
        assert_eq!(parse("--only=sqlite,postgres").unwrap().engines, expected);
    }

    #[test]
    fn what_follows_two_dashes_is_left_to_the_test_runner() {
        let options = parse("--long --no-install -- --only graph").unwrap();
        assert!(options.has("--long"));
        assert!(!options.install);
        assert_eq!(options.rest, ["--only", "graph"]);
        assert_eq!(options.engines, Engine::ALL);
    }

    #[test]
    fn unknown_options_and_engines_are_usage_errors() {
        for line in ["--only", "--only oracle", "--only=", "--fast", "lock"] {
            assert!(matches!(parse(line), Err(Failure::Usage(_))), "{line}");
        }
    }
}

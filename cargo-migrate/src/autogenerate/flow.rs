//! From the models and a database to what changed.

use migrate_core::{Code, Dialect, Error};
use migrate_runtime::DatabaseUrl;

use super::{
    Answers, Ask, Comparison, Findings, Note, Other, Settled,
    ask::Tagged,
    circles, compare,
    names::{Names, with_values},
    others,
    sides::{Base, Side, Sides, Target},
};
use crate::{
    diff::Renames,
    project::Project,
    reworded::reworded,
    servers::{self, engine_of},
    wanted::Wanted,
};

/// Compares the models with what there is, in the first dialect and in every other that has a server, and renders both
/// ways for all of them; where no server is known, as a translation.
///
/// # Errors
/// [`Code::NotCurrent`] if the database is not at the heads; [`Code::DialectNotConfigured`] if it is not of the
/// project's first dialect; what the models, an engine, a revision or the answers are refused for.
pub(crate) async fn autogenerate(
    project: &Project,
    wanted: &Wanted,
    base: Base,
    answers: &Answers,
    ask: Option<&mut dyn Ask>,
) -> Result<Findings, Error> {
    let mut sides = Sides::default();
    let found = async {
        let (first, rest) = first_of(project)?;
        let server = match base {
            Base::Database => DatabaseUrl::parse(&project.database_url()?)?,
            Base::Replay => servers::required(project, first).await?,
        };
        sides.read(project, wanted, &Target { dialect: Some(first), server, base }).await?;
        let mut translated = Vec::new();
        for dialect in rest {
            match servers::known(project, *dialect).await? {
                Some(server) => sides.read(project, wanted, &replayed(*dialect, server)).await?,
                None => translated.push(*dialect),
            }
        }
        let mut findings = compare_all(wanted, &mut sides, answers, ask).await?;
        for dialect in translated {
            let Some(side) = sides.read.first() else { continue };
            let other = others::translated(dialect, project, wanted, side, &findings.first)?;
            findings.notes.push(Note::translated(dialect, first));
            let place = rest.iter().take_while(|listed| **listed != dialect).count();
            findings.others.insert(place.min(findings.others.len()), other);
        }
        Ok(findings)
    }
    .await;
    finished(found, sides).await
}

/// Compares the models with the database, whichever dialect of the project it speaks; or with the revisions: in the
/// chosen dialect, else in that of `--database-url`, else in every dialect that has a server.
///
/// # Errors
/// Those of [`autogenerate`].
pub(crate) async fn check(
    project: &Project,
    wanted: &Wanted,
    base: Base,
    chosen: Option<Dialect>,
    answers: &Answers,
) -> Result<Findings, Error> {
    let mut sides = Sides::default();
    let found = async {
        match (base, chosen, project.database_url_argument()) {
            (Base::Database, ..) => {
                let server = DatabaseUrl::parse(&project.database_url()?)?;
                sides.read(project, wanted, &Target { dialect: None, server, base }).await?;
            }
            (Base::Replay, Some(dialect), _) => {
                let server = servers::required(project, dialect).await?;
                sides.read(project, wanted, &replayed(dialect, server)).await?;
            }
            (Base::Replay, None, Some(url)) => {
                let server = DatabaseUrl::parse(url)?;
                sides.read(project, wanted, &Target { dialect: None, server, base }).await?;
            }
            (Base::Replay, None, None) => {
                let (first, rest) = first_of(project)?;
                let server = servers::required(project, first).await?;
                sides.read(project, wanted, &replayed(first, server)).await?;
                for dialect in rest {
                    if let Some(server) = servers::known(project, *dialect).await? {
                        sides.read(project, wanted, &replayed(*dialect, server)).await?;
                    }
                }
            }
        }
        compare_all(wanted, &mut sides, answers, None).await
    }
    .await;
    finished(found, sides).await
}

/// What was found, once everything is cleaned up.
async fn finished(found: Result<Findings, Error>, sides: Sides) -> Result<Findings, Error> {
    let finished = sides.finish().await;
    let found = found?;
    finished?;
    Ok(found)
}

fn replayed(dialect: Dialect, server: DatabaseUrl) -> Target {
    debug_assert_eq!(server.engine, engine_of(dialect));
    Target { dialect: Some(dialect), server, base: Base::Replay }
}

/// The dialects of the project: there is one at least.
fn first_of(project: &Project) -> Result<(Dialect, &[Dialect]), Error> {
    match project.dialects() {
        [first, rest @ ..] => Ok((*first, rest)),
        [] => Err(Error::new(Code::InvalidConfiguration, "migrate.toml names no dialect")),
    }
}

/// Compares the first side, then the others with what was decided in the first.
async fn compare_all(
    wanted: &Wanted,
    sides: &mut Sides,
    answers: &Answers,
    mut ask: Option<&mut dyn Ask>,
) -> Result<Findings, Error> {
    let pairs: Vec<_> = sides.read.iter().map(|side| (&side.before, &side.after)).collect();
    let given = answers;
    let answers = answers.shared(&pairs);
    let notes = Vec::from_iter(Note::skipped(&sides.skipped()));
    let mut read = sides.read.iter_mut().zip(answers);
    let Some((first_side, answers)) = read.next() else {
        return Err(Error::new(Code::Usage, "there is nothing to compare"));
    };
    // In a scratch database there are no rows to be counted.
    let counted_in = (first_side.base == Base::Database).then_some(&mut first_side.connection);
    let comparison = Comparison {
        before: &first_side.before,
        after: &first_side.after,
        written: Some(&first_side.written),
        told: wanted.told(first_side.before.dialect),
        decided: Renames::default(),
    };
    let reborrowed: Option<&mut dyn Ask> = match &mut ask {
        Some(ask) => Some(&mut **ask),
        None => None,
    };
    let mut first = compare(comparison, counted_in, &answers, reborrowed).await?;
    first.serve_as(first_side.served);
    let mut findings = Findings { first, written: first_side.written.clone(), others: Vec::new(), notes };
    for (side, answers) in read {
        let names = Names::new(&[&side.before, &side.after], &findings.first.renames);
        let answers = answers.with_settled(Settled::of(&findings.first, first_side, side, &names));
        let comparison = Comparison {
            before: &side.before,
            after: &side.after,
            written: Some(&side.written),
            told: wanted.told(side.before.dialect),
            decided: with_values(
                names.renames(&findings.first.renames),
                &names,
                &findings.written,
                &side.written,
            ),
        };
        let compared = match &mut ask {
            Some(ask) => {
                let mut tagged = Tagged { dialect: side.served, person: &mut **ask };
                compare(comparison, None, &answers, Some(&mut tagged)).await
            }
            None => compare(comparison, None, &answers, None).await,
        };
        let mut outcome = compared.map_err(|error| in_dialect(&error, side))?;
        outcome.serve_as(side.served);
        outcome.warnings.extend(circles::warnings(&outcome.renames, first_side.served, side.served));
        findings.others.push(Other { outcome, written: side.written.clone(), is_translated: false });
    }
    // By the names of before, and by those that what is dropped has when it goes.
    let renamed =
        sides.read.iter().zip(findings.outcomes()).map(|(side, found)| found.renames.renamed(&side.before));
    let renamed: Vec<_> = renamed.collect();
    let known: Vec<_> = sides.read.iter().map(|side| &side.before).chain(&renamed).collect();
    given.require_known(&known)?;
    Ok(findings)
}

/// An error of a comparison that is not the first.
fn in_dialect(error: &Error, side: &Side) -> Error {
    reworded(error, format!("{}: {}", side.served, error.message()))
}

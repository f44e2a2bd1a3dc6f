//! Sequences. The manual: "CREATE SEQUENCE (Transact-SQL)", "ALTER SEQUENCE (Transact-SQL)".

use std::fmt::Write as _;

use migrate_core::{Code, Error};

use super::name::object;
use crate::{
    ddl::Statement,
    schema::{Sequence, SequenceOptions},
};

pub(super) fn create(sequence: &Sequence) -> Statement {
    let mut sql = format!("CREATE SEQUENCE {}", object(&sequence.name));
    if let Some(ty) = &sequence.ty {
        let _ = write!(sql, " AS {ty}");
    }
    let SequenceOptions { start, increment, min, max, cache, cycle } = &sequence.options;
    for (words, value) in
        [("START WITH", start), ("INCREMENT BY", increment), ("MINVALUE", min), ("MAXVALUE", max)]
    {
        if let Some(value) = value {
            let _ = write!(sql, " {words} {value}");
        }
    }
    if *cycle {
        sql.push_str(" CYCLE");
    }
    if let Some(cache) = cache {
        let _ = write!(sql, " {}", cached(*cache));
    }
    Statement::new(sql)
}

/// Only what differs. Where it starts can be changed only by letting it start again.
pub(super) fn alter(before: &Sequence, after: &Sequence) -> Result<Option<Statement>, Error> {
    if before.ty != after.ty {
        return Err(Error::new(
            Code::Unsupported,
            format!("SQL Server cannot change the type of the sequence {}", after.name),
        )
        .with_help("make a sequence under another name, and drop this one"));
    }
    let (old, new) = (&before.options, &after.options);
    let mut words = Vec::new();
    if old.start != new.start {
        // Without a number it would start where CREATE SEQUENCE once said.
        words.push(format!("RESTART WITH {}", new.start.map_or_else(|| natural_start(after), i128::from)));
    }
    if old.increment != new.increment {
        words.push(format!("INCREMENT BY {}", new.increment.unwrap_or(1)));
    }
    for (word, old, new) in [("MINVALUE", old.min, new.min), ("MAXVALUE", old.max, new.max)] {
        if old != new {
            words.push(new.map_or_else(|| format!("NO {word}"), |value| format!("{word} {value}")));
        }
    }
    if old.cycle != new.cycle {
        words.push(if new.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
    }
    if old.cache != new.cache {
        words.push(new.cache.map_or_else(|| "CACHE".to_owned(), cached));
    }
    if words.is_empty() {
        return Ok(None);
    }
    let statement = Statement::new(format!("ALTER SEQUENCE {} {}", object(&after.name), words.join(" ")));
    Ok(Some(if old.start == new.start {
        statement
    } else {
        statement
            .with_review(format!("{} starts again by this: see that no number is given twice", after.name))
    }))
}

/// Where a sequence starts by itself: at its lowest number, or its highest if it counts down.
fn natural_start(sequence: &Sequence) -> i128 {
    let (lowest, highest) = bounds(sequence.ty.as_deref().unwrap_or("bigint"));
    let options = &sequence.options;
    if options.increment.is_some_and(|increment| increment < 0) {
        options.max.map_or(highest, i128::from)
    } else {
        options.min.map_or(lowest, i128::from)
    }
}

/// The lowest and the highest number of an integer type, the manual: "int, bigint, smallint, and tinyint
/// (Transact-SQL)"; `decimal` and `numeric` by their precision, which is 18 unless it is said.
pub(crate) fn bounds(ty: &str) -> (i128, i128) {
    let (base, precision) = ty.split_once('(').unwrap_or((ty, "18"));
    match base {
        "tinyint" => (0, 255),
        "smallint" => (i16::MIN.into(), i16::MAX.into()),
        "int" => (i32::MIN.into(), i32::MAX.into()),
        "decimal" | "numeric" => {
            let digits = precision.split([',', ')']).next().and_then(|digits| digits.trim().parse().ok());
            let highest = 10_i128.saturating_pow(digits.unwrap_or(18_u32).min(38)) - 1;
            (-highest, highest)
        }
        _ => (i64::MIN.into(), i64::MAX.into()),
    }
}

/// No cache is said as 0.
fn cached(cache: i64) -> String {
    if cache == 0 { "NO CACHE".to_owned() } else { format!("CACHE {cache}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ObjectName;

    fn sequence(ty: Option<&str>, options: SequenceOptions) -> Sequence {
        let ty = ty.map(ToOwned::to_owned);
        Sequence {
            name: ObjectName::in_schema("app", "no"),
            ty,
            options,
            comment: None,
            is_owned: false,
            needed_by: Vec::new(),
        }
    }

    #[test]
    fn everything_that_is_said_of_a_sequence_is_written() {
        let options = SequenceOptions {
            start: Some(100),
            increment: Some(-5),
            min: Some(-1000),
            max: Some(1000),
            cache: Some(0),
            cycle: true,
        };
        assert_eq!(
            create(&sequence(Some("int"), options)).sql,
            "CREATE SEQUENCE app.no AS int START WITH 100 INCREMENT BY -5 MINVALUE -1000 MAXVALUE 1000 CYCLE NO CACHE"
        );
        assert_eq!(create(&sequence(None, SequenceOptions::default())).sql, "CREATE SEQUENCE app.no");
    }

    #[test]
    fn only_what_differs_is_altered_in_both_directions() {
        let plain = sequence(Some("int"), SequenceOptions::default());
        let full = SequenceOptions {
            start: Some(5),
            increment: Some(2),
            min: Some(1),
            max: Some(9),
            cache: Some(20),
            cycle: true,
        };
        let full = sequence(Some("int"), full);
        let up = alter(&plain, &full).unwrap().unwrap();
        assert_eq!(
            up.sql,
            "ALTER SEQUENCE app.no RESTART WITH 5 INCREMENT BY 2 MINVALUE 1 MAXVALUE 9 CYCLE CACHE 20"
        );
        assert_eq!(up.reviews, ["app.no starts again by this: see that no number is given twice"]);
        assert_eq!(
            alter(&full, &plain).unwrap().unwrap().sql,
            "ALTER SEQUENCE app.no RESTART WITH -2147483648 INCREMENT BY 1 NO MINVALUE NO MAXVALUE NO CYCLE CACHE"
        );
        assert_eq!(alter(&full, &full).unwrap(), None);
    }

    #[test]
    fn a_sequence_keeps_its_type() {
        let options = SequenceOptions::default;
        let error = alter(&sequence(Some("int"), options()), &sequence(None, options())).unwrap_err();
        assert_eq!(error.code(), Code::Unsupported);
    }

    #[test]
    fn the_bounds_are_those_of_the_type() {
        assert_eq!(bounds("tinyint"), (0, 255));
        assert_eq!(bounds("decimal(3,0)"), (-999, 999));
        assert_eq!(bounds("bigint").1, i128::from(i64::MAX));
    }
}

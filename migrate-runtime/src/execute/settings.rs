//! What a revision sets in its session, and how that is undone behind it.

use std::collections::BTreeMap;

use crate::{
    engine::{Grammar, literal},
    session::{Part, Session},
};

/// How a session's settings come back to what they were when the work began.
#[derive(Debug, Clone, Default)]
pub(crate) struct SessionSettings {
    /// Before our own statements, inside the transaction of a revision.
    pub(crate) inside: Vec<String>,
    /// Behind a revision.
    pub(crate) after: Vec<String>,
    /// What [`Grammar::variables`] gave; only what differs behind a revision is set.
    pub(crate) variables: BTreeMap<String, String>,
}

impl SessionSettings {
    /// Brings them back. Each on its own: a setting that does not come back must not keep the others.
    pub(crate) async fn restore(&self, session: &mut (dyn Session + '_), grammar: &'static dyn Grammar) {
        for sql in &self.after {
            let _ = session.run(&[Part::Own(sql)]).await;
        }
        for (name, now) in variables(session, grammar).await {
            if let Some(before) = self.variables.get(&name).filter(|before| **before != now) {
                // Refused for what is not the session's: a revision may change the server for good.
                let _ = session.run(&[Part::Own(&set(&name, before))]).await;
            }
        }
    }
}

/// The variables of the session, if the engine lists them.
pub(crate) async fn variables(
    session: &mut (dyn Session + '_),
    grammar: &'static dyn Grammar,
) -> BTreeMap<String, String> {
    let Some(sql) = grammar.variables() else { return BTreeMap::new() };
    let rows = session.query(sql).await.unwrap_or_default();
    rows.into_iter()
        .filter_map(|row| {
            let mut cells = row.into_iter().map(Option::unwrap_or_default);
            Some((cells.next()?.to_ascii_lowercase(), cells.next()?))
        })
        .filter(|(name, _)| !PASSING.contains(&name.as_str()))
        .collect()
}

/// What changes by itself. To set `timestamp` would stop the session's clock.
const PASSING: [&str; 6] =
    ["timestamp", "last_insert_id", "identity", "rand_seed1", "rand_seed2", "statement_id"];

fn set(name: &str, value: &str) -> String {
    let value = if value.parse::<f64>().is_ok() {
        value.to_owned()
    } else if value.is_empty() && name.starts_with("character_set_") {
        "NULL".to_owned()
    } else {
        literal(value)
    };
    format!("SET SESSION {name} = {value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_set_as_its_type_wants_it() {
        assert_eq!(
            set("sql_select_limit", "18446744073709551615"),
            "SET SESSION sql_select_limit = 18446744073709551615"
        );
        assert_eq!(set("max_statement_time", "0.000000"), "SET SESSION max_statement_time = 0.000000");
        assert_eq!(set("sql_mode", ""), "SET SESSION sql_mode = ''");
        assert_eq!(set("time_zone", "+02:00"), "SET SESSION time_zone = '+02:00'");
        assert_eq!(set("check_constraint_checks", "ON"), "SET SESSION check_constraint_checks = 'ON'");
        assert_eq!(set("character_set_results", ""), "SET SESSION character_set_results = NULL");
    }
}

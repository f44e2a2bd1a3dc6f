//! Constraints as clauses of `CREATE TABLE` and `ALTER TABLE`.

use super::name::{name, names, object, standard_name};
use crate::{
    ddl,
    schema::{Check, Deferrable, Exclusion, ForeignKey, ObjectName, PrimaryKey, ReferentialAction, Unique},
};

/// `CONSTRAINT name `; without a name the server chooses one.
fn named(constraint: Option<&str>) -> String {
    constraint.map_or_else(String::new, |constraint| format!("CONSTRAINT {} ", name(constraint)))
}

fn deferrable(deferrable: Deferrable) -> &'static str {
    match deferrable {
        Deferrable::No => "",
        Deferrable::Immediate => " DEFERRABLE",
        Deferrable::Deferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

fn include(columns: &[String]) -> String {
    if columns.is_empty() { String::new() } else { format!(" INCLUDE ({})", names(columns)) }
}

pub(super) fn primary_key(key: &PrimaryKey) -> String {
    format!(
        "{}PRIMARY KEY ({}){}{}",
        named(key.name.as_deref()),
        names(&key.columns),
        include(&key.include),
        deferrable(key.deferrable)
    )
}

pub(super) fn unique(unique: &Unique) -> String {
    format!(
        "{}UNIQUE{} ({}){}{}",
        named(unique.name.as_deref()),
        if unique.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" },
        names(&unique.columns),
        include(&unique.include),
        deferrable(unique.deferrable)
    )
}

/// Without NOT VALID, which `CREATE TABLE` does not take.
pub(super) fn foreign_key(key: &ForeignKey) -> String {
    let columns = format!("{}FOREIGN KEY ({})", named(key.name.as_deref()), names(&key.columns));
    let mut sql = format!("REFERENCES {}", object(&key.referred_table));
    if !key.referred_columns.is_empty() {
        sql += &format!(" ({})", names(&key.referred_columns));
    }
    if key.match_full {
        sql += " MATCH FULL";
    }
    for (event, action) in [("UPDATE", key.on_update), ("DELETE", key.on_delete)] {
        if action != ReferentialAction::NoAction {
            sql += &format!(" ON {event} {}", action.sql());
        }
    }
    if !key.delete_columns.is_empty() {
        sql += &format!(" ({})", names(&key.delete_columns));
    }
    sql += deferrable(key.deferrable);
    ddl::foreign_key(&columns, &sql)
}

/// Without NOT VALID, which `CREATE TABLE` does not take.
pub(super) fn check(check: &Check) -> String {
    format!(
        "{}CHECK ({}){}",
        named(check.name.as_deref()),
        check.expression,
        if check.no_inherit { " NO INHERIT" } else { "" }
    )
}

pub(super) fn exclusion(exclusion: &Exclusion) -> String {
    format!("{}{}", named(Some(&exclusion.name)), exclusion.definition)
}

/// The clause that drops a constraint. One without a name has the one that the server gives.
pub(super) fn drop(given: Option<&str>, table: &ObjectName, columns: &[String], label: &str) -> String {
    let constraint = given.map_or_else(
        || {
            let columns = columns.join("_");
            standard_name(&table.name, (!columns.is_empty()).then_some(&columns), label)
        },
        ToOwned::to_owned,
    );
    format!("DROP CONSTRAINT {}", name(&constraint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_constraint_says_what_it_is() {
        let columns = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut key = ForeignKey {
            name: Some("fk_a_b".to_owned()),
            columns: columns(&["b", "Org"]),
            referred_table: ObjectName::in_schema("app", "order"),
            referred_columns: columns(&["id", "org"]),
            on_delete: ReferentialAction::SetNull,
            delete_columns: Vec::new(),
            on_update: ReferentialAction::Cascade,
            match_full: true,
            deferrable: Deferrable::Deferred,
            not_valid: true,
            comment: None,
        };
        assert_eq!(
            foreign_key(&key),
            "CONSTRAINT fk_a_b FOREIGN KEY (b, \"Org\")\n        REFERENCES app.\"order\" (id, org) MATCH FULL \
             ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED"
        );
        key.delete_columns = columns(&["Org"]);
        assert!(foreign_key(&key).ends_with("ON DELETE SET NULL (\"Org\") DEFERRABLE INITIALLY DEFERRED"));
        key.name = None;
        assert_eq!(
            drop(None, &ObjectName::local("a"), &key.columns, "fkey"),
            "DROP CONSTRAINT \"a_b_Org_fkey\""
        );
        let unique = unique(&Unique {
            name: Some("uq_a".to_owned()),
            columns: columns(&["x", "y"]),
            include: columns(&["z"]),
            nulls_not_distinct: true,
            deferrable: Deferrable::Immediate,
            clustered: None,
            comment: None,
        });
        assert_eq!(unique, "CONSTRAINT uq_a UNIQUE NULLS NOT DISTINCT (x, y) INCLUDE (z) DEFERRABLE");
        let check = check(&Check {
            name: Some("ck_a".to_owned()),
            expression: "x > 0".to_owned(),
            no_inherit: true,
            not_valid: false,
            comment: None,
        });
        assert_eq!(check, "CONSTRAINT ck_a CHECK (x > 0) NO INHERIT");
        let exclusion = exclusion(&Exclusion {
            name: "no overlap".to_owned(),
            definition: "EXCLUDE USING gist (room WITH =, during WITH &&)".to_owned(),
            comment: None,
        });
        assert_eq!(exclusion, "CONSTRAINT \"no overlap\" EXCLUDE USING gist (room WITH =, during WITH &&)");
    }
}

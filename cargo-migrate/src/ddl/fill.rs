//! A column that the rows get a value for, in steps: it is added, or gets its new type, is filled, and set NOT NULL.
//! SQLite does it with the copy of the rows.

use crate::{
    operation::Operation,
    schema::{Column, ObjectName},
};

/// The operations, with a column that is filled in three steps where it takes them.
pub(super) fn in_steps(operations: &[Operation]) -> Vec<Operation> {
    let fill_of = |name: &ObjectName, wanted: &str| {
        operations.iter().find(|operation| {
            matches!(operation, Operation::FillColumn { table, column, .. } if table == name && column == wanted)
        })
    };
    let brings_it = |operation: &Operation, name: &ObjectName, wanted: &str| match operation {
        Operation::AddColumn { table, column } => table == name && column.name == wanted,
        Operation::AlterColumn { table, before, after } => {
            table == name && after.name == wanted && before.ty != after.ty
        }
        _ => false,
    };
    let mut steps = Vec::with_capacity(operations.len());
    for operation in operations {
        match operation {
            Operation::AddColumn { table, column } => {
                let Some(fill) = fill_of(table, &column.name) else {
                    steps.push(operation.clone());
                    continue;
                };
                let open = Column { nullable: true, ..column.clone() };
                steps.push(Operation::AddColumn { table: table.clone(), column: open.clone() });
                steps.push(fill.clone());
                if !column.nullable {
                    let (table, after) = (table.clone(), column.clone());
                    steps.push(Operation::AlterColumn { table, before: open, after });
                }
            }
            // The value is one of the new type.
            Operation::AlterColumn { table, before, after } if before.ty != after.ty => {
                let Some(fill) = fill_of(table, &after.name) else {
                    steps.push(operation.clone());
                    continue;
                };
                let open = Column { nullable: true, ..after.clone() };
                let (before, after) = (before.clone(), after.clone());
                steps.push(Operation::AlterColumn { table: table.clone(), before, after: open.clone() });
                steps.push(fill.clone());
                steps.push(Operation::AlterColumn { table: table.clone(), before: open, after });
            }
            // It went with its column.
            Operation::FillColumn { table, column, .. }
                if operations.iter().any(|one| brings_it(one, table, column)) => {}
            other => steps.push(other.clone()),
        }
    }
    steps
}

/// The statement that gives a value to the rows that have none; `also` for what else is set.
pub(super) fn update(table: &str, column: &str, value: &str, also: &str) -> String {
    format!("UPDATE {table}\nSET {column} = {value}{also}\nWHERE {column} IS NULL")
}

#[cfg(test)]
mod tests {
    use migrate_core::Dialect;

    use crate::{
        ddl::{Script, render},
        operation::{Operation, reversed},
        schema::{Column, ObjectName, Schema, Table},
    };

    fn name() -> ObjectName {
        ObjectName::local("users")
    }

    fn schema(dialect: Dialect, columns: &[&Column]) -> Schema {
        let mut schema = Schema::empty(dialect);
        let mut table = Table::new(name());
        table.columns = columns.iter().map(|column| (*column).clone()).collect();
        schema.insert(table);
        schema
    }

    fn fill() -> Operation {
        Operation::FillColumn { table: name(), column: "team".into(), value: "7".into() }
    }

    fn text(dialect: Dialect, operations: &[Operation], before: &Schema, after: &Schema) -> String {
        let statements = render(dialect, &Script { operations, before, after }).unwrap();
        assert!(
            statements.iter().all(|statement| statement.reviews.is_empty()),
            "what is filled needs nobody's eye: {statements:?}"
        );
        let sql: Vec<_> = statements.into_iter().map(|statement| statement.sql.replace('\n', " ")).collect();
        sql.join("; ")
    }

    #[test]
    fn a_new_column_is_added_filled_and_closed() {
        let (id, team) = (Column::new("id", "int"), Column { nullable: false, ..Column::new("team", "int") });
        let operations = [Operation::AddColumn { table: name(), column: team.clone() }, fill()];
        let said = |dialect| {
            let (before, after) = (schema(dialect, &[&id]), schema(dialect, &[&id, &team]));
            let down = reversed(&operations);
            let [Operation::DropColumn { .. }] = down.as_slice() else { panic!("{down:?}") };
            text(dialect, &operations, &before, &after)
        };
        assert_eq!(
            said(Dialect::Postgres),
            "ALTER TABLE users ADD COLUMN team int; UPDATE users SET team = 7 WHERE team IS NULL; \
             ALTER TABLE users ALTER COLUMN team SET NOT NULL"
        );
        for dialect in [Dialect::Mysql, Dialect::Mariadb] {
            assert_eq!(
                said(dialect),
                "ALTER TABLE users ADD COLUMN team int; UPDATE users SET team = 7 WHERE team IS NULL; \
                 ALTER TABLE users MODIFY COLUMN team int NOT NULL"
            );
        }
        assert_eq!(
            said(Dialect::Mssql),
            "ALTER TABLE users ADD team int NULL; UPDATE users SET team = 7 WHERE team IS NULL; \
             ALTER TABLE users ALTER COLUMN team int NOT NULL"
        );
        let sqlite = said(Dialect::Sqlite);
        assert!(
            sqlite.contains("INSERT INTO new_users (rowid, id, team) SELECT rowid, id, 7 FROM users"),
            "{sqlite}"
        );
    }

    #[test]
    fn a_value_of_the_new_type_comes_behind_it() {
        let open = Column::new("team", "smallint");
        let closed = Column { nullable: false, ..Column::new("team", "bigint") };
        let alter = Operation::AlterColumn { table: name(), before: open.clone(), after: closed.clone() };
        let (before, after) = (schema(Dialect::Postgres, &[&open]), schema(Dialect::Postgres, &[&closed]));
        assert_eq!(
            text(Dialect::Postgres, &[fill(), alter], &before, &after),
            "ALTER TABLE users ALTER COLUMN team TYPE bigint; UPDATE users SET team = 7 WHERE team IS NULL; \
             ALTER TABLE users ALTER COLUMN team SET NOT NULL"
        );
    }

    #[test]
    fn a_column_that_becomes_not_null_is_filled_before() {
        let open = Column::new("team", "int");
        let closed = Column { nullable: false, ..open.clone() };
        let alter = Operation::AlterColumn { table: name(), before: open.clone(), after: closed.clone() };
        let operations = [fill(), alter];
        for dialect in Dialect::ALL {
            let (before, after) = (schema(dialect, &[&open]), schema(dialect, &[&closed]));
            let said = text(dialect, &operations, &before, &after);
            let expected = match dialect {
                Dialect::Sqlite => "SELECT rowid, COALESCE(team, 7) FROM users",
                _ => "UPDATE users SET team = 7 WHERE team IS NULL; ALTER TABLE users ",
            };
            assert!(said.contains(expected), "{dialect}: {said}");
        }
    }
}

//! Values that rows get, once, for a column that has to have one.

use migrate_core::{Code, Dialect, Error, sql};

use super::{Ask, facts::Facts, names::Names, shell, warning::needs_value};
use crate::{
    operation::Operation,
    schema::{Column, ObjectName, Schema},
};

/// A value of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fill {
    /// `TABLE.COLUMN`.
    pub(super) column: String,
    /// As the engine is to read it.
    pub(super) value: String,
}

impl Fill {
    /// `TABLE.COLUMN=VALUE`.
    ///
    /// # Errors
    /// [`Code::Usage`] for anything else.
    pub(super) fn parse(word: &str) -> Result<Self, Error> {
        let pair = word.split_once('=').map(|(column, value)| (column.trim(), value.trim()));
        match pair.filter(|(column, value)| column.contains('.') && !value.is_empty()) {
            Some((column, value)) => Ok(Self { column: column.to_owned(), value: value.to_owned() }),
            None => Err(Error::new(
                Code::Usage,
                format!("--fill {} is not TABLE.COLUMN=VALUE", shell::quoted(word)),
            )
            .with_help("write --fill users.team_id=1, or with a text --fill \"users.state='new'\"")),
        }
    }
}

/// Puts the values of the command line where they belong.
///
/// # Errors
/// [`Code::Usage`] for a column that takes none, and for what is no value.
pub(super) fn insert(
    mut operations: Vec<Operation>,
    fills: &[Fill],
    after: &Schema,
) -> Result<Vec<Operation>, Error> {
    for fill in fills {
        let refused =
            |why: &str| Error::new(Code::Usage, format!("--fill {}: {why}", shell::quoted(&fill.column)));
        let found = operations.iter().position(|operation| {
            takes(operation).is_some_and(|(table, column)| format!("{table}.{}", column.name) == fill.column)
        });
        let Some(at) = found else {
            let open: Vec<_> = operations.iter().filter_map(takes).collect();
            let open: Vec<_> =
                open.iter().map(|(table, column)| format!("{table}.{}", column.name)).collect();
            let help = match open.as_slice() {
                [] => "no column is new, or becomes NOT NULL, and has no default".to_owned(),
                open => format!("a value can be given to {}", open.join(", ")),
            };
            return Err(refused("there is no such column that takes a value").with_help(help));
        };
        let Some((table, column)) = operations.get(at).and_then(takes) else { continue };
        let (table, column) = (table.clone(), column.name.clone());
        require_value(after, &table, &fill.value).map_err(|(why, help)| refused(&why).with_help(help))?;
        put(&mut operations, at, table, column, fill.value.clone());
    }
    Ok(operations)
}

/// Asks for the values that rows lack.
///
/// # Errors
/// Those of `ask`.
pub(super) fn ask_for(
    mut operations: Vec<Operation>,
    facts: &Facts,
    after: &Schema,
    ask: &mut dyn Ask,
) -> Result<Vec<Operation>, Error> {
    let lacking: Vec<_> = operations.iter().filter(|one| !is_filled(one, &operations)).collect();
    let lacking: Vec<_> =
        lacking.into_iter().filter_map(|one| Some((one.clone(), lacks(one, facts)?))).collect();
    for (number, (operation, question)) in lacking.iter().enumerate() {
        if number == 0 {
            ask.show(None, &operations)?;
        }
        let Some((table, column)) = takes(operation) else { continue };
        let mut said = question.clone();
        while let Some(value) = ask.value(&said)? {
            match require_value(after, table, &value) {
                Ok(()) => {
                    let Some(at) = operations.iter().position(|one| one == operation) else { break };
                    put(&mut operations, at, table.clone(), column.name.clone(), value);
                    break;
                }
                Err((why, help)) => said = format!("{why}: {help}"),
            }
        }
    }
    Ok(operations)
}

/// The values that rows get, by the names of another dialect.
pub(super) fn named(operations: &[Operation], names: &Names) -> Vec<Operation> {
    let fills = operations.iter().filter_map(|operation| match operation {
        Operation::FillColumn { table, column, value } => Some(Operation::FillColumn {
            table: names.of(table),
            column: column.clone(),
            value: value.clone(),
        }),
        _ => None,
    });
    fills.collect()
}

/// The same values in the operations of another dialect.
pub(super) fn like(mut operations: Vec<Operation>, fills: &[Operation], dialect: Dialect) -> Vec<Operation> {
    for fill in fills {
        let Operation::FillColumn { table, column, value } = fill else { continue };
        let is_it = |operation: &Operation| {
            takes(operation).is_some_and(|(of, found)| of == table && found.name == *column)
        };
        if let Some(at) = operations.iter().position(is_it) {
            let value = match (dialect, value.to_ascii_uppercase().as_str()) {
                (Dialect::Mssql, "TRUE") => "1".to_owned(),
                (Dialect::Mssql, "FALSE") => "0".to_owned(),
                _ => value.clone(),
            };
            put(&mut operations, at, table.clone(), column.clone(), value);
        }
    }
    operations
}

/// Whether the rows get a value for the column of this operation.
pub(super) fn is_filled(operation: &Operation, operations: &[Operation]) -> bool {
    let Some((table, column)) = takes(operation) else { return false };
    operations.iter().any(
        |one| matches!(one, Operation::FillColumn { table: of, column: name, .. } if of == table && *name == column.name),
    )
}

/// Behind what adds the column, in front of what makes it NOT NULL.
fn put(operations: &mut Vec<Operation>, at: usize, table: ObjectName, column: String, value: String) {
    let is_added = matches!(operations.get(at), Some(Operation::AddColumn { .. }));
    let fill = Operation::FillColumn { table, column, value };
    operations.insert(if is_added { at + 1 } else { at }, fill);
}

/// The column that rows may get a value for.
fn takes(operation: &Operation) -> Option<(&ObjectName, &Column)> {
    let (table, column) = match operation {
        Operation::AddColumn { table, column } => (table, column),
        Operation::AlterColumn { table, before, after }
            if before.nullable && !after.nullable && before.generated.is_none() =>
        {
            (table, after)
        }
        _ => return None,
    };
    let is_given = column.default.is_some() || column.generated.is_some() || column.identity.is_some();
    (!is_given).then_some((table, column))
}

/// What to ask where rows have no value that they must have.
fn lacks(operation: &Operation, facts: &Facts) -> Option<String> {
    let (table, column) = takes(operation)?;
    let (what, count) = match operation {
        Operation::AddColumn { .. } if needs_value(column) => ("is new and NOT NULL", facts.rows(table)?),
        Operation::AlterColumn { before, .. } => ("becomes NOT NULL", facts.nulls(table, &before.name)?),
        _ => return None,
    };
    let rows = super::facts::counted(count, "row");
    let have = if count == 1 { "has" } else { "have" };
    (count > 0).then(|| format!("{table}.{} {what}, and {rows} {have} no value", column.name))
}

/// Whether it can be a value: one expression, and no word that only looks like a text.
fn require_value(after: &Schema, table: &ObjectName, value: &str) -> Result<(), (String, String)> {
    let lexemes: Vec<_> = sql::lexemes(after.dialect, value).collect();
    let word = |lexeme: &sql::Lexeme| value.get(lexeme.span.clone()).unwrap_or_default().to_owned();
    let is_broken = |lexeme: &sql::Lexeme| {
        matches!(lexeme.kind, sql::LexemeKind::Comment | sql::LexemeKind::Unclosed) || word(lexeme) == ";"
    };
    let refuse = |why: &str, help: String| Err((format!("{value} {why}"), help));
    if lexemes.iter().any(is_broken) {
        return refuse("is not one value", "write a number, a text in quotes, or an expression".to_owned());
    }
    let mut depth = 0_usize;
    let is_balanced = lexemes.iter().all(|lexeme| match word(lexeme).as_str() {
        "(" => {
            depth += 1;
            true
        }
        ")" => depth.checked_sub(1).inspect(|less| depth = *less).is_some(),
        _ => true,
    });
    if !is_balanced || depth > 0 {
        return refuse("has a parenthesis too many or too few", "write a whole expression".to_owned());
    }
    if value.eq_ignore_ascii_case("null") {
        return refuse("is no value", "rows without a value are what this is about".to_owned());
    }
    let [only] = lexemes.as_slice() else { return Ok(()) };
    let is_name =
        only.kind == sql::LexemeKind::Word && !value.starts_with(|first: char| first.is_ascii_digit());
    let is_column = after.table(table).is_some_and(|table| table.column(value).is_some());
    if is_name && !is_column && !VALUES.iter().any(|known| value.eq_ignore_ascii_case(known)) {
        return refuse("is no value of SQL", format!("a text stands in quotes: '{value}'"));
    }
    Ok(())
}

/// Words that are values.
const VALUES: [&str; 8] = [
    "true",
    "false",
    "current_timestamp",
    "current_date",
    "current_time",
    "localtime",
    "localtimestamp",
    "current_user",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Table;

    fn users() -> ObjectName {
        ObjectName::local("users")
    }

    fn schema() -> Schema {
        let mut schema = Schema::empty(Dialect::Postgres);
        let mut table = Table::new(users());
        table.columns = vec![Column::new("name", "text")];
        schema.insert(table);
        schema
    }

    fn add() -> Operation {
        let column = Column { nullable: false, ..Column::new("team", "int") };
        Operation::AddColumn { table: users(), column }
    }

    fn close() -> Operation {
        let before = Column::new("name", "text");
        let after = Column { nullable: false, ..before.clone() };
        Operation::AlterColumn { table: users(), before, after }
    }

    fn inserted(words: &[&str]) -> Result<Vec<&'static str>, Error> {
        let fills: Vec<_> = words.iter().map(|word| Fill::parse(word)).collect::<Result<_, _>>()?;
        let operations = insert(vec![add(), close()], &fills, &schema())?;
        Ok(operations.iter().map(Operation::kind).collect())
    }

    #[test]
    fn a_value_comes_behind_a_new_column_and_in_front_of_not_null() {
        assert_eq!(
            inserted(&["users.team=1", "users.name='x = y'"]).unwrap(),
            ["add-column", "fill-column", "fill-column", "alter-column"]
        );
    }

    #[test]
    fn what_takes_no_value_or_is_none_is_refused() {
        for (word, said, help) in [
            (
                "users.team=(select",
                "--fill users.team: (select has a parenthesis too many or too few",
                "write a whole expression",
            ),
            (
                "users.team=a) + (b",
                "--fill users.team: a) + (b has a parenthesis too many or too few",
                "write a whole expression",
            ),
            ("team=1", "--fill team=1 is not TABLE.COLUMN=VALUE", "write --fill"),
            ("users.team=", "--fill users.team= is not TABLE.COLUMN=VALUE", "write --fill"),
            (
                "users.tem=1",
                "--fill users.tem: there is no such column that takes a value",
                "a value can be given to users.team, users.name",
            ),
            (
                "users.name=unknown",
                "--fill users.name: unknown is no value of SQL",
                "a text stands in quotes: 'unknown'",
            ),
            ("users.name=NULL", "--fill users.name: NULL is no value", "rows without"),
            (
                "users.team=1; DROP TABLE users",
                "--fill users.team: 1; DROP TABLE users is not one value",
                "write a number",
            ),
            ("users.name='x", "--fill users.name: 'x is not one value", "write a number"),
        ] {
            let error = inserted(&[word]).unwrap_err();
            assert_eq!(error.message(), said);
            assert!(error.help().unwrap().starts_with(help), "{:?}", error.help());
        }
        for sound in ["users.team=-1", "users.name=name", "users.name=lower(name)", "users.name=CURRENT_USER"]
        {
            assert!(inserted(&[sound]).is_ok(), "{sound}");
        }
    }

    #[test]
    fn another_dialect_gets_the_same_values() {
        let value = |value: &str| {
            let fill = Operation::FillColumn { table: users(), column: "team".into(), value: value.into() };
            let operations = like(vec![add()], &[fill], Dialect::Mssql);
            match operations.as_slice() {
                [_, Operation::FillColumn { value, .. }] => value.clone(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((value("true"), value("7")), ("1".to_owned(), "7".to_owned()));
    }

    /// Gives values, the last first.
    #[derive(Default)]
    struct Person {
        values: Vec<&'static str>,
        heard: Vec<String>,
    }

    impl Ask for Person {
        fn show(&mut self, _: Option<Dialect>, operations: &[Operation]) -> Result<(), Error> {
            self.heard.push(format!("{} changes", operations.len()));
            Ok(())
        }

        fn which(&mut self, _: &str, _: &[String]) -> Result<Option<usize>, Error> {
            Ok(None)
        }

        fn agrees(&mut self, _: &str) -> Result<bool, Error> {
            Ok(false)
        }

        fn value(&mut self, question: &str) -> Result<Option<String>, Error> {
            self.heard.push(question.to_owned());
            Ok(self.values.pop().map(ToOwned::to_owned))
        }
    }

    #[test]
    fn a_person_gives_a_value_or_leaves_it() {
        let facts = Facts::of(&[("users", 3)], &[], &[]);
        let ask = |person: &mut Person, operations: &[Operation]| {
            ask_for(operations.to_vec(), &facts, &schema(), person).unwrap().len()
        };
        let mut person = Person { values: vec!["1", "one"], ..Person::default() };
        assert_eq!(ask(&mut person, &[add(), close()]), 3);
        assert_eq!(
            person.heard,
            [
                "2 changes",
                "users.team is new and NOT NULL, and 3 rows have no value",
                "one is no value of SQL: a text stands in quotes: 'one'",
            ]
        );
        assert_eq!(ask(&mut Person::default(), &[add()]), 1);
        let filled = insert(vec![add()], &[Fill::parse("users.team=1").unwrap()], &schema()).unwrap();
        let mut person = Person::default();
        assert_eq!((ask(&mut person, &filled), person.heard.len()), (2, 0), "it has one already");
    }

    #[test]
    fn rows_without_a_value_are_asked_about() {
        let facts = Facts::of(&[("users", 3)], &[("users", "name", 2)], &[]);
        assert_eq!(
            lacks(&add(), &facts).as_deref(),
            Some("users.team is new and NOT NULL, and 3 rows have no value")
        );
        assert_eq!(
            lacks(&close(), &facts).as_deref(),
            Some("users.name becomes NOT NULL, and 1 row has no value")
        );
        assert_eq!(lacks(&close(), &Facts::of(&[("users", 3)], &[("users", "name", 3)], &[])), None);
    }
}

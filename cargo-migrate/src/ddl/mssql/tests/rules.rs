//! Scripts between random schemas: a server of paper takes each statement, and in the end it has what it should have.

use super::{paper::Server, *};

/// A row of numbers that looks random and is the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.roll(times) == 0
    }
}

/// Three tables with columns from a small stock, so that two of them have much in common.
fn draw(dice: &mut Dice) -> Schema {
    let key_type = ["int", "bigint", "nvarchar(10)", "nvarchar(20)"][dice.roll(4)];
    let mut tables = Vec::new();
    for name in ["t1", "t2", "t3"] {
        if dice.once_in(6) {
            continue;
        }
        let mut one = table(name, &[required("id", key_type)]);
        one.primary_key = Some(primary(&format!("pk_{name}_{}", dice.roll(2)), &["id"]));
        for column_name in ["a", "b", "c"] {
            if dice.once_in(4) {
                continue;
            }
            let ty =
                if dice.once_in(2) { key_type } else { ["int", "xml", "nvarchar(20)", "date"][dice.roll(4)] };
            let mut new = column(column_name, ty);
            new.nullable = dice.once_in(2);
            if dice.once_in(3) {
                new = with_default(new, &format!("df_{name}_{column_name}_{}", dice.roll(2)), "NULL");
            }
            one.columns.push(new);
        }
        let plain: Vec<String> = one.columns.iter().map(|column| column.name.clone()).collect();
        match dice.roll(4) {
            0 => one.columns.push(column("m", "int")),
            1 | 2 => {
                let base = &plain[dice.roll(plain.len())];
                one.columns.push(computed("m", "int", &format!("{base} + 1"), dice.once_in(2)));
            }
            _ => {}
        }
        let all: Vec<String> = one.columns.iter().map(|column| column.name.clone()).collect();
        let any = |dice: &mut Dice| all[dice.roll(all.len())].clone();
        // Named after what they are: what is only named otherwise is another test's matter.
        for _ in 0..dice.roll(3) {
            let (key, filtered) = (any(dice), any(dice));
            let mut made = index(&format!("ix_{name}_{key}"), &[&key]);
            made.unique = dice.once_in(3);
            made.filter = dice.once_in(3).then(|| format!("{filtered} IS NOT NULL"));
            if one.indexes.iter().all(|index| index.name != made.name) {
                one.indexes.push(made);
            }
        }
        for _ in 0..dice.roll(3) {
            let (left, right) = (any(dice), any(dice));
            let made = check(&format!("ck_{name}_{left}_{right}"), &format!("{left} <> {right}"));
            if !one.checks.contains(&made) {
                one.checks.push(made);
            }
        }
        if dice.once_in(2) {
            one.uniques.push(unique(&format!("uq_{name}"), &[&plain[dice.roll(plain.len())]]));
        }
        tables.push(one);
    }
    let mut schema = Schema::empty(Dialect::Mssql);
    let targets: Vec<(ObjectName, Vec<String>)> = tables
        .iter()
        .flat_map(|table| {
            let keys = table.primary_key.iter().map(|key| key.columns.clone());
            let uniques = table.uniques.iter().map(|unique| unique.columns.clone());
            keys.chain(uniques).map(|columns| (table.name.clone(), columns))
        })
        .collect();
    let of = |name: &ObjectName| tables.iter().find(|table| table.name == *name).unwrap().clone();
    let mut linked = tables.clone();
    for table in &mut linked {
        for column in table.columns.clone() {
            let (referred, columns) = &targets[dice.roll(targets.len())];
            let is_same = of(referred).column(&columns[0]).unwrap().ty == column.ty;
            if column.generated.is_none() && is_same && dice.once_in(2) {
                let name = format!("fk_{}_{}", table.name, column.name);
                let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
                table.foreign_keys.push(foreign_key(&name, &[&column.name], &referred.name, &columns));
            }
        }
    }
    for table in linked {
        schema.insert(table);
    }
    schema
}

fn server(schema: &Schema) -> Server {
    let mut server = Server::default();
    let empty = Schema::empty(Dialect::Mssql);
    run(&mut server, &diff(&empty, schema, &Renames::default()), &empty, schema);
    server
}

fn run(server: &mut Server, operations: &[Operation], before: &Schema, after: &Schema) {
    let script = Script { operations, before, after };
    let mut done = String::new();
    for statement in render(&script, &Notes::default()).unwrap() {
        writeln!(done, "{}", statement.sql).unwrap();
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.run(&statement.sql)));
        let words = operations.iter().map(Operation::describe).collect::<Vec<_>>().join("\n");
        assert!(ran.is_ok(), "the last of these was refused:\n{done}\nof\n{words}");
    }
}

#[test]
fn scripts_between_random_schemas_keep_the_rules_of_the_manual_in_both_directions() {
    let mut dice = Dice(20_170_914);
    for round in 0..500 {
        let (before, after) = (draw(&mut dice), draw(&mut dice));
        let mut renames = Renames::default();
        if dice.once_in(3) {
            renames.columns.entry(local("t1")).or_default().insert("a".to_owned(), "b".to_owned());
        }
        if dice.once_in(3) {
            renames.columns.entry(local("t2")).or_default().insert("c".to_owned(), "a".to_owned());
        }
        if dice.once_in(4) {
            renames.tables.insert(local("t3"), local("t1"));
        }
        let up = diff(&before, &after, &renames);
        let mut paper = server(&before);
        run(&mut paper, &up, &before, &after);
        assert_eq!(paper, server(&after), "round {round}: {}", written(&up, &before, &after));
        let down = reversed(&up);
        run(&mut paper, &down, &after, &before);
        assert_eq!(paper, server(&before), "round {round}: {}", written(&down, &after, &before));
    }
}

//! Operations made explicit: what the server would drop along with a change, or what blocks one, is taken away before it
//! and put back behind it.

use super::{
    enumeration::{self, Rebuild, RebuiltColumn},
    state::{
        apply, check_has, column_expressions, exclusion_has, expressions, index_computes, index_has,
        refers_to, unique_has,
    },
    text,
};
use crate::{
    ddl::Script,
    operation::Operation,
    schema::{Column, EnumType, Generated, Identity, KeyPart, ObjectName, Schema, Sequence, Table},
};

/// Something to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Do(Operation),
    /// With a word to the reviewer.
    Reviewed(Operation, String),
    RebuildEnum(Rebuild),
    /// A constraint that was NOT VALID is checked.
    Validate {
        table: ObjectName,
        constraint: String,
    },
    /// A sequence becomes that of a serial.
    Adopt {
        sequence: Sequence,
        table: ObjectName,
        column: Column,
    },
    /// The sequence of a serial becomes one of its own.
    Release {
        sequence: Sequence,
        table: ObjectName,
        column: Column,
    },
    /// A column owns a sequence that is no serial's.
    Own {
        sequence: ObjectName,
        table: ObjectName,
        column: String,
    },
    /// A new sequence goes on behind the numbers that a column holds.
    CatchUp {
        sequence: Sequence,
        table: ObjectName,
        column: String,
    },
    /// A sequence that may have gone with the column that drew from it.
    DropSequenceIfThere(Sequence),
    /// The database has done it along with another change.
    Done(Operation),
}

impl Step {
    /// The operation that it carries out, if it is one of the list.
    pub(super) fn operation(&self) -> Option<&Operation> {
        match self {
            Self::Do(operation) | Self::Reviewed(operation, _) => Some(operation),
            Self::RebuildEnum(_)
            | Self::Validate { .. }
            | Self::Release { .. }
            | Self::Adopt { .. }
            | Self::Own { .. }
            | Self::CatchUp { .. }
            | Self::DropSequenceIfThere(_)
            | Self::Done(_) => None,
        }
    }

    /// What it does to the schema.
    pub(super) fn apply(&self, schema: &mut Schema) {
        match self {
            Self::Do(operation) | Self::Reviewed(operation, _) | Self::Done(operation) => {
                apply(schema, operation);
            }
            Self::RebuildEnum(rebuild) => {
                schema.enums.insert(rebuild.after.name.clone(), rebuild.after.clone());
            }
            Self::Adopt { sequence, .. } => apply(schema, &Operation::DropSequence(sequence.clone())),
            Self::Release { sequence, .. } => apply(schema, &Operation::CreateSequence(sequence.clone())),
            Self::DropSequenceIfThere(sequence) => apply(schema, &Operation::DropSequence(sequence.clone())),
            Self::Validate { .. } | Self::Own { .. } | Self::CatchUp { .. } => {}
        }
    }
}

/// What has been taken away and comes back when nothing touches its tables any more.
#[derive(Debug)]
struct Waiting {
    operation: Operation,
    tables: Vec<ObjectName>,
}

#[derive(Debug)]
struct Planner {
    now: Schema,
    steps: Vec<Step>,
    waiting: Vec<Waiting>,
}

/// The steps that carry the operations out.
pub(super) fn plan(script: &Script<'_>) -> Vec<Step> {
    let steps = with_validations(with_plain_first(with_enums_first(script.operations)));
    let mut planner = Planner { now: script.before.clone(), steps: Vec::new(), waiting: Vec::new() };
    for (at, step) in steps.iter().enumerate() {
        let rest: Vec<&Operation> = steps[at + 1..]
            .iter()
            .filter_map(|step| match step {
                Step::Do(operation) => Some(operation),
                _ => None,
            })
            .collect();
        match step {
            Step::Do(operation) => planner.operation(operation, &rest, script.operations),
            step => planner.push(step.clone()),
        }
        planner.put_back(&rest);
    }
    planner.put_back(&[]);
    planner.steps
}

/// Values must be there before anything uses them. On the way back the types come last otherwise. What holds a value that
/// goes is gone by then, if it goes anyway.
fn with_enums_first(operations: &[Operation]) -> Vec<Operation> {
    let is_change = |operation: &Operation| {
        operation.table().is_some()
            && !matches!(
                operation,
                Operation::RenameTable { .. }
                    | Operation::RenameColumn { .. }
                    | Operation::RenameIndex { .. }
                    | Operation::RenameConstraint { .. }
                    | Operation::SetComment { .. }
            )
    };
    let is_enum = |operation: &Operation| matches!(operation, Operation::AlterEnum { .. });
    let first = operations.iter().position(|one| is_change(one) || is_enum(one)).unwrap_or(operations.len());
    let (before, behind) = operations.split_at(first);
    let leaving = Leaving::of(behind);
    let (enums, others): (Vec<_>, Vec<_>) = behind.iter().cloned().partition(is_enum);
    let (gone, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|one| leaving.has(one));
    // A column may leave for a type that is new.
    let is_made = |one: &Operation| matches!(one, Operation::CreateSchema(_) | Operation::CreateEnum(_));
    let (made, others): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|one| !gone.is_empty() && is_made(one));
    before.iter().cloned().chain(made).chain(gone).chain(enums).chain(others).collect()
}

/// What has a type from which values are taken, and goes, or gets another type.
struct Leaving<'a> {
    tables: Vec<&'a Table>,
    /// Columns that are dropped, and those that get another type.
    columns: Vec<(&'a ObjectName, &'a Column)>,
}

impl<'a> Leaving<'a> {
    fn of(operations: &'a [Operation]) -> Self {
        let shrunk: Vec<&ObjectName> = operations
            .iter()
            .filter_map(|operation| match operation {
                Operation::AlterEnum { before, after } if enumeration::added(before, after).is_none() => {
                    Some(&after.name)
                }
                _ => None,
            })
            .collect();
        let is_altered = |column: &Column| {
            operations.iter().any(|operation| match operation {
                Operation::AlterEnum { after, .. } => {
                    enumeration::dimensions(&column.ty, &after.name).is_some()
                }
                _ => false,
            })
        };
        let is_of =
            |column: &Column| shrunk.iter().any(|ty| enumeration::dimensions(&column.ty, ty).is_some());
        let mut leaving = Self { tables: Vec::new(), columns: Vec::new() };
        for operation in operations {
            match operation {
                Operation::DropTable(table) if table.columns.iter().any(is_of) => leaving.tables.push(table),
                Operation::DropColumn { table, column } if is_of(column) => {
                    leaving.columns.push((table, column));
                }
                Operation::AlterColumn { table, before, after } if is_of(before) && !is_altered(after) => {
                    leaving.columns.push((table, before));
                }
                _ => {}
            }
        }
        // A table goes before the one that it refers to.
        loop {
            let refers = |operation: &'a Operation| match operation {
                Operation::DropTable(table)
                    if !leaving.has_table(&table.name)
                        && table.foreign_keys.iter().any(|key| leaving.has_table(&key.referred_table)) =>
                {
                    Some(table)
                }
                _ => None,
            };
            let Some(table) = operations.iter().find_map(refers) else { return leaving };
            leaving.tables.push(table);
        }
    }

    fn has_table(&self, name: &ObjectName) -> bool {
        self.tables.iter().any(|table| table.name == *name)
    }

    /// Whether something of the table leaves.
    fn touches(&self, name: &ObjectName) -> bool {
        self.has_table(name) || self.columns.iter().any(|(table, _)| *table == name)
    }

    /// Whether the operation is one of those, or takes away what stands in their way.
    fn has(&self, operation: &Operation) -> bool {
        match operation {
            Operation::DropTable(table) => self.has_table(&table.name),
            Operation::DropColumn { table, column } => self.columns.iter().any(|(name, leaving)| {
                *name == table && (leaving.name == column.name || computes_from(column, &leaving.name))
            }),
            Operation::AlterColumn { table, before, .. } => {
                self.columns.iter().any(|(name, leaving)| *name == table && leaving.name == before.name)
            }
            Operation::DropForeignKey { table, key } => {
                self.touches(table) || self.touches(&key.referred_table)
            }
            Operation::DropPrimaryKey { table, .. }
            | Operation::DropUnique { table, .. }
            | Operation::DropCheck { table, .. }
            | Operation::DropExclusion { table, .. }
            | Operation::DropIndex { table, .. } => self.touches(table),
            _ => false,
        }
    }
}

/// A column that is computed no longer keeps its values, if it is made plain before anything happens to the columns that
/// it was computed from.
fn with_plain_first(operations: Vec<Operation>) -> Vec<Operation> {
    let mut ordered: Vec<Operation> = Vec::with_capacity(operations.len());
    for operation in operations {
        let becomes_plain = match &operation {
            Operation::AlterColumn { before, after, .. } => {
                before.generated.is_some() && after.generated.is_none()
            }
            _ => false,
        };
        let is_earlier = |other: &Operation| {
            matches!(other, Operation::DropColumn { .. } | Operation::AlterColumn { .. })
                && other.table() == operation.table()
        };
        match ordered.iter().position(is_earlier).filter(|_| becomes_plain) {
            Some(at) => ordered.insert(at, operation),
            None => ordered.push(operation),
        }
    }
    ordered
}

/// A constraint that differs from what was there only in being valid is validated, not made anew.
fn with_validations(operations: Vec<Operation>) -> Vec<Step> {
    let mut steps: Vec<Option<Step>> =
        operations.into_iter().map(|operation| Some(Step::Do(operation))).collect();
    for at in 0..steps.len() {
        let Some(Step::Do(dropped)) = &steps[at] else { continue };
        let Some(wanted) = valid(dropped) else { continue };
        let Some(back) = wanted.reverse().map(Step::Do) else { continue };
        let found = steps.iter().skip(at + 1).position(|step| step.as_ref() == Some(&back));
        if let (Some(found), Some((table, constraint))) = (found, constraint_name(&wanted)) {
            steps[at + 1 + found] = Some(Step::Validate { table, constraint });
            steps[at] = None;
        }
    }
    steps.into_iter().flatten().collect()
}

/// The same drop of the constraint as if it were valid, if it is not.
fn valid(dropped: &Operation) -> Option<Operation> {
    let mut dropped = dropped.clone();
    let not_valid = match &mut dropped {
        Operation::DropForeignKey { key, .. } => &mut key.not_valid,
        Operation::DropCheck { check, .. } => &mut check.not_valid,
        _ => return None,
    };
    std::mem::take(not_valid).then_some(dropped)
}

fn constraint_name(operation: &Operation) -> Option<(ObjectName, String)> {
    match operation {
        Operation::DropForeignKey { table, key } => Some((table.clone(), key.name.clone()?)),
        Operation::DropCheck { table, check } => Some((table.clone(), check.name.clone()?)),
        _ => None,
    }
}

impl Planner {
    fn push(&mut self, step: Step) {
        step.apply(&mut self.now);
        self.steps.push(step);
    }

    fn operation(&mut self, operation: &Operation, rest: &[&Operation], all: &[Operation]) {
        if self.was_taken(operation) || self.renames_what_was_taken(operation) {
            return;
        }
        match operation {
            Operation::AlterColumn { table, before, after } => {
                self.alter_numbered(table, before, after, all);
            }
            Operation::AlterEnum { before, after } => self.alter_enum(before, after, rest),
            Operation::CreateSequence(sequence) => match released(sequence, all) {
                Some((table, column)) => {
                    let (sequence, table, column) = (sequence.clone(), table.clone(), column.clone());
                    self.push(Step::Release { sequence, table, column });
                }
                None => self.push(Step::Do(operation.clone())),
            },
            Operation::DropSequence(sequence) if is_taken_over(sequence, all) => {
                self.push(Step::Done(operation.clone()));
            }
            Operation::DropSequence(sequence) if may_be_gone(sequence, all) => {
                self.push(Step::DropSequenceIfThere(sequence.clone()));
            }
            // What it is computed from comes first.
            Operation::AddColumn { table, column } if waits_for_column(table, column, rest) => {
                self.waiting.push(Waiting { operation: operation.clone(), tables: vec![table.clone()] });
            }
            Operation::DropColumn { table, column } => {
                self.take_generated(table, &column.name);
                self.push(Step::Do(operation.clone()));
            }
            Operation::DropTable(table) => {
                self.waiting.retain(|waiting| !waiting.tables.contains(&table.name));
                self.push(Step::Do(operation.clone()));
            }
            operation => self.push(Step::Do(operation.clone())),
        }
        self.own_sequences(operation, all);
    }

    /// Columns that are made with a default own the sequences again that they owned.
    fn own_sequences(&mut self, operation: &Operation, all: &[Operation]) {
        let (table, columns) = match operation {
            Operation::CreateTable(table) => (&table.name, table.columns.as_slice()),
            Operation::AddColumn { table, column } => (table, std::slice::from_ref(column)),
            _ => return,
        };
        for column in columns {
            for sequence in created(all).filter(|sequence| sequence.is_owned && draws(column, sequence)) {
                let (sequence, column) = (sequence.name.clone(), column.name.clone());
                self.push(Step::Own { sequence, table: table.clone(), column });
            }
        }
    }

    /// Changes a column that may draw its numbers from a sequence before or after.
    fn alter_numbered(&mut self, table: &ObjectName, before: &Column, after: &Column, all: &[Operation]) {
        let dropped = all.iter().find_map(|operation| match operation {
            Operation::DropSequence(sequence) if becomes_serial(sequence, table, before, after) => {
                Some(sequence)
            }
            _ => None,
        });
        if let Some(sequence) = dropped {
            let sequence = sequence.clone();
            self.push(Step::Adopt { sequence, table: table.clone(), column: after.clone() });
            let (identity, sequence_number) = (after.identity.clone(), after.sequence_number);
            let before = Column { default: None, identity, sequence_number, ..before.clone() };
            self.alter_if_changed(table, &before, after);
            return;
        }
        let made = created(all).find(|sequence| draws(after, sequence));
        match made {
            Some(sequence) if becomes_serial(sequence, table, after, before) => {
                let before = Column { default: after.default.clone(), identity: None, ..before.clone() };
                self.alter_if_changed(table, &before, after);
            }
            Some(sequence) if before.identity.is_some() => {
                self.alter_column(table, before, after);
                let (sequence, column) = (sequence.clone(), after.name.clone());
                self.push(Step::CatchUp { sequence, table: table.clone(), column });
            }
            _ => self.alter_column(table, before, after),
        }
    }

    fn alter_if_changed(&mut self, table: &ObjectName, before: &Column, after: &Column) {
        if *before == *after {
            let (table, before, after) = (table.clone(), before.clone(), after.clone());
            self.push(Step::Done(Operation::AlterColumn { table, before, after }));
        } else {
            self.alter_column(table, before, after);
        }
    }

    /// Whether what the operation drops has been taken away already; then it does not come back.
    fn was_taken(&mut self, operation: &Operation) -> bool {
        let Some(dropped) = identity_of(operation, false) else { return false };
        let found = self
            .waiting
            .iter()
            .position(|waiting| identity_of(&waiting.operation, true).as_ref() == Some(&dropped));
        found.map(|at| self.waiting.remove(at)).is_some()
    }

    /// Whether the operation renames what has been taken away; then it comes back under the new name.
    fn renames_what_was_taken(&mut self, operation: &Operation) -> bool {
        let (Operation::RenameConstraint { table, from, to, .. }
        | Operation::RenameIndex { table, from, to }) = operation
        else {
            return false;
        };
        let of_table = |waiting: &&mut Waiting| waiting.operation.table() == Some(table);
        let names =
            self.waiting.iter_mut().filter(of_table).filter_map(|waiting| name_of(&mut waiting.operation));
        let mut found = false;
        for name in names.filter(|name| *name == from) {
            to.clone_into(name);
            found = true;
        }
        found
    }

    /// Drops something, to make it again later.
    fn take(&mut self, drop: Operation, tables: Vec<ObjectName>) {
        self.waiting.extend(drop.reverse().map(|operation| Waiting { operation, tables }));
        self.push(Step::Do(drop));
    }

    /// Makes again what was taken away, as far as nothing that is still to come touches it.
    fn put_back(&mut self, rest: &[&Operation]) {
        let is_open = |waiting: &Waiting| {
            let thing = identity_of(&waiting.operation, true);
            rest.iter().any(|operation| {
                waiting.tables.iter().any(|table| waiting.is_touched(operation, table))
                    || thing.is_some() && identity_of(operation, false) == thing
            })
        };
        let (waiting, mut ready): (Vec<_>, Vec<_>) = self.waiting.drain(..).partition(is_open);
        self.waiting = waiting;
        ready.sort_by_key(|waiting| rank(&waiting.operation));
        for waiting in ready {
            self.push(Step::Do(waiting.operation));
        }
    }

    fn alter_column(&mut self, name: &ObjectName, before: &Column, after: &Column) {
        let alter =
            Operation::AlterColumn { table: name.clone(), before: before.clone(), after: after.clone() };
        // A column that was taken away comes back as it is to be.
        for waiting in &mut self.waiting {
            if let Operation::AddColumn { table, column } = &mut waiting.operation
                && table == name
                && column.name == after.name
            {
                column.clone_from(after);
                return;
            }
        }
        if is_replaced(before, after) {
            self.take_dependents(name, &before.name);
            let drop = Operation::DropColumn { table: name.clone(), column: before.clone() };
            let add = Operation::AddColumn { table: name.clone(), column: after.clone() };
            self.waiting.push(Waiting { operation: add, tables: vec![name.clone()] });
            match (&before.generated, &after.generated) {
                (None, Some(_)) => {
                    let review = format!("what {} holds is lost: it is computed from now on", before.name);
                    self.push(Step::Reviewed(drop, review));
                }
                (Some(_), None) => {
                    let review =
                        format!("{} is computed no longer, and its rows have no value of it", before.name);
                    self.push(Step::Reviewed(drop, review));
                }
                (None, None) | (Some(_), Some(_)) => self.push(Step::Do(drop)),
            }
            return;
        }
        if before.ty != after.ty || before.collation != after.collation {
            self.take_generated(name, &before.name);
        }
        self.push(Step::Do(alter));
    }

    /// The server refuses to drop what a generated column is computed from, and to change its type.
    fn take_generated(&mut self, name: &ObjectName, column: &str) {
        let Some(table) = self.now.table(name) else { return };
        let generated: Vec<Column> =
            table.columns.iter().filter(|other| computes_from(other, column)).cloned().collect();
        for column in generated {
            self.take_dependents(name, &column.name);
            self.take(Operation::DropColumn { table: name.clone(), column }, vec![name.clone()]);
        }
    }

    /// Takes away what stands on a column that is dropped and added again.
    fn take_dependents(&mut self, name: &ObjectName, column: &str) {
        self.take_foreign_keys(|table, key| {
            refers_to(key, name, column) || table == name && key.columns.iter().any(|one| one == column)
        });
        let Some(table) = self.now.table(name).cloned() else { return };
        let (of, here) = (|| name.clone(), vec![name.clone()]);
        for index in table.indexes.into_iter().filter(|index| index_has(index, column)) {
            self.take(Operation::DropIndex { table: of(), index }, here.clone());
        }
        for check in table.checks.into_iter().filter(|check| check_has(check, column)) {
            self.take(Operation::DropCheck { table: of(), check }, here.clone());
        }
        for exclusion in table.exclusions.into_iter().filter(|one| exclusion_has(one, column)) {
            self.take(Operation::DropExclusion { table: of(), exclusion }, here.clone());
        }
        for unique in table.uniques.into_iter().filter(|unique| unique_has(unique, column)) {
            self.take(Operation::DropUnique { table: of(), unique }, here.clone());
        }
        let has =
            |key: &crate::schema::PrimaryKey| key.columns.iter().chain(&key.include).any(|one| one == column);
        for key in table.primary_key.into_iter().filter(has) {
            self.take(Operation::DropPrimaryKey { table: of(), key }, here.clone());
        }
    }

    fn take_foreign_keys(&mut self, blocks: impl Fn(&ObjectName, &crate::schema::ForeignKey) -> bool) {
        let keys: Vec<_> = self
            .now
            .tables
            .values()
            .flat_map(|table| table.foreign_keys.iter().map(|key| (table.name.clone(), key.clone())))
            .filter(|(table, key)| blocks(table, key))
            .collect();
        for (table, key) in keys {
            let tables = vec![table.clone(), key.referred_table.clone()];
            self.take(Operation::DropForeignKey { table, key }, tables);
        }
    }

    fn alter_enum(&mut self, before: &EnumType, after: &EnumType, rest: &[&Operation]) {
        let in_place = enumeration::added(before, after)
            .is_some_and(|added| !rest.iter().any(|operation| uses_value(operation, &before.name, &added)));
        if in_place {
            let (before, after) = (before.clone(), after.clone());
            self.push(Step::Do(Operation::AlterEnum { before, after }));
            return;
        }
        let of_type = |column: &Column| enumeration::dimensions(&column.ty, &before.name).is_some();
        let tables: Vec<Table> =
            self.now.tables.values().filter(|table| table.columns.iter().any(of_type)).cloned().collect();
        for table in &tables {
            for column in table.columns.iter().filter(|column| of_type(column)) {
                self.take_what_compares(&table.name, &column.name);
            }
        }
        let columns = tables.iter().flat_map(|table| {
            let columns = table.columns.iter().filter(|column| column.generated.is_none());
            columns.filter_map(|column| {
                let dimensions = enumeration::dimensions(&column.ty, &before.name)?.to_owned();
                let changes = |operation: &&Operation| sets_default(operation, &table.name, column);
                Some(RebuiltColumn {
                    table: table.name.clone(),
                    name: column.name.clone(),
                    dimensions,
                    has_default: column.default.is_some(),
                    default: column.default.clone().filter(|_| !rest.iter().any(changes)),
                })
            })
        });
        let rebuild = Rebuild { before: before.clone(), after: after.clone(), columns: columns.collect() };
        self.push(Step::RebuildEnum(rebuild));
    }

    /// Takes away what compares values of the column with constants of its type: the server keeps those of the old type.
    fn take_what_compares(&mut self, name: &ObjectName, column: &str) {
        self.take_foreign_keys(|table, key| {
            refers_to(key, name, column) || table == name && key.columns.iter().any(|one| one == column)
        });
        self.take_generated(name, column);
        let Some(table) = self.now.table(name).cloned() else { return };
        if let Some(own) = table.column(column)
            && own.generated.is_some()
        {
            self.take_dependents(name, column);
            self.take(Operation::DropColumn { table: name.clone(), column: own.clone() }, vec![name.clone()]);
            return;
        }
        let (of, here) = (|| name.clone(), vec![name.clone()]);
        for index in table.indexes.into_iter().filter(|index| index_computes(index, column)) {
            self.take(Operation::DropIndex { table: of(), index }, here.clone());
        }
        for check in table.checks.into_iter().filter(|check| check_has(check, column)) {
            self.take(Operation::DropCheck { table: of(), check }, here.clone());
        }
        for exclusion in table.exclusions.into_iter().filter(|one| exclusion_has(one, column)) {
            self.take(Operation::DropExclusion { table: of(), exclusion }, here.clone());
        }
    }
}

/// Whether the column cannot become what it is to be in place.
fn is_replaced(before: &Column, after: &Column) -> bool {
    match (&before.generated, &after.generated) {
        (_, Some(_)) => {
            before.generated != after.generated
                || before.ty != after.ty
                || before.collation != after.collation
        }
        // What is computed when it is read has nothing to keep.
        (Some(Generated { stored, .. }), None) => !stored,
        (None, None) => false,
    }
}

fn computes_from(column: &Column, other: &str) -> bool {
    column.generated.as_ref().is_some_and(|generated| text::mentions(&generated.expression, other))
}

impl Waiting {
    /// Whether the operation must come first: it changes columns of the table, or makes a key that a foreign key refers
    /// to.
    fn is_touched(&self, operation: &Operation, name: &ObjectName) -> bool {
        match operation {
            Operation::AddColumn { table, .. }
            | Operation::DropColumn { table, .. }
            | Operation::AlterColumn { table, .. } => table == name,
            Operation::AddPrimaryKey { table, .. } | Operation::AddUnique { table, .. } => {
                table == name && matches!(self.operation, Operation::AddForeignKey { .. })
            }
            Operation::DropTable(table) => table.name == *name,
            Operation::AlterEnum { .. } => true,
            _ => false,
        }
    }
}

/// Whether a column is computed from one that is added, or changed, later.
fn waits_for_column(name: &ObjectName, column: &Column, rest: &[&Operation]) -> bool {
    rest.iter().any(|operation| match operation {
        Operation::AddColumn { table, column: other }
        | Operation::AlterColumn { table, after: other, .. } => {
            table == name && computes_from(column, &other.name)
        }
        _ => false,
    })
}

/// The name of the constraint or index that the operation adds.
fn name_of(operation: &mut Operation) -> Option<&mut String> {
    match operation {
        Operation::AddIndex { index, .. } => Some(&mut index.name),
        Operation::AddExclusion { exclusion, .. } => Some(&mut exclusion.name),
        Operation::AddCheck { check, .. } => check.name.as_mut(),
        Operation::AddUnique { unique, .. } => unique.name.as_mut(),
        Operation::AddPrimaryKey { key, .. } => key.name.as_mut(),
        Operation::AddForeignKey { key, .. } => key.name.as_mut(),
        _ => None,
    }
}

/// In which order things come back.
fn rank(operation: &Operation) -> u8 {
    match operation {
        Operation::AddColumn { .. } => 0,
        Operation::AddPrimaryKey { .. } | Operation::AddUnique { .. } => 1,
        Operation::AddCheck { .. } | Operation::AddExclusion { .. } => 2,
        Operation::AddIndex { .. } => 3,
        _ => 4,
    }
}

/// What an operation adds, or drops, if it is something that can be taken away.
fn identity_of(operation: &Operation, adds: bool) -> Option<(ObjectName, &'static str, Option<String>)> {
    let (table, kind, name) = match (operation, adds) {
        (Operation::AddColumn { table, column }, true) | (Operation::DropColumn { table, column }, false) => {
            (table, "column", Some(column.name.clone()))
        }
        (Operation::AddIndex { table, index }, true) | (Operation::DropIndex { table, index }, false) => {
            (table, "index", Some(index.name.clone()))
        }
        (Operation::AddCheck { table, check }, true) | (Operation::DropCheck { table, check }, false) => {
            (table, "check", check.name.clone())
        }
        (Operation::AddExclusion { table, exclusion }, true)
        | (Operation::DropExclusion { table, exclusion }, false) => {
            (table, "exclusion", Some(exclusion.name.clone()))
        }
        (Operation::AddUnique { table, unique }, true) | (Operation::DropUnique { table, unique }, false) => {
            (table, "unique", unique.name.clone())
        }
        (Operation::AddPrimaryKey { table, key }, true)
        | (Operation::DropPrimaryKey { table, key }, false) => (table, "primary key", key.name.clone()),
        (Operation::AddForeignKey { table, key }, true)
        | (Operation::DropForeignKey { table, key }, false) => (table, "foreign key", key.name.clone()),
        _ => return None,
    };
    Some((table.clone(), kind, name))
}

/// Whether the operation uses one of the values, which the server does not allow in the transaction that has added it.
fn uses_value(operation: &Operation, ty: &ObjectName, values: &[&String]) -> bool {
    let is_of_type = |column: &Column| enumeration::dimensions(&column.ty, ty).is_some();
    let used = |expression: &str| values.iter().any(|value| text::uses_value(expression, value));
    match operation.clone() {
        // Any row may hold one of them.
        Operation::AlterColumn { before, after, .. } if is_of_type(&after) && !is_of_type(&before) => true,
        Operation::CreateTable(mut table) => expressions(&mut table).any(|expression| used(expression)),
        Operation::AddColumn { mut column, .. } | Operation::AlterColumn { after: mut column, .. } => {
            column_expressions(&mut column).any(|expression| used(expression))
        }
        Operation::AddCheck { check, .. } => used(&check.expression),
        Operation::AddExclusion { exclusion, .. } => used(&exclusion.definition),
        Operation::AddIndex { index, .. } => {
            let expressions = index.keys.iter().filter_map(|key| match &key.part {
                KeyPart::Expression(expression) => Some(expression),
                KeyPart::Column(_) => None,
            });
            expressions.chain(&index.filter).any(|expression| used(expression))
        }
        _ => false,
    }
}

/// Whether a default is set or dropped by the operation, or the column goes.
fn sets_default(operation: &Operation, name: &ObjectName, column: &Column) -> bool {
    match operation {
        Operation::AlterColumn { table, before, after } => {
            table == name && after.name == column.name && before.default != after.default
        }
        Operation::DropColumn { table, column: dropped } => table == name && dropped.name == column.name,
        Operation::DropTable(table) => table.name == *name,
        _ => false,
    }
}

/// The sequences that the list makes.
fn created(all: &[Operation]) -> impl Iterator<Item = &Sequence> {
    all.iter().filter_map(|operation| match operation {
        Operation::CreateSequence(sequence) => Some(sequence),
        _ => None,
    })
}

/// Whether a column that draws from the sequence becomes a serial, which can take the sequence over.
fn becomes_serial(sequence: &Sequence, table: &ObjectName, before: &Column, after: &Column) -> bool {
    let draws_only = |default: &String| text::is_call(default) && default.starts_with("nextval(");
    matches!(after.identity, Some(Identity::Serial))
        && before.identity.is_none()
        && before.default.as_ref().is_some_and(draws_only)
        && draws(before, sequence)
        && sequence.name.schema == table.schema
}

/// The serial of the list that lets the sequence go: its table, and the column as it was.
fn released<'a>(sequence: &Sequence, all: &'a [Operation]) -> Option<(&'a ObjectName, &'a Column)> {
    all.iter().find_map(|operation| match operation {
        Operation::AlterColumn { table, before, after } if becomes_serial(sequence, table, after, before) => {
            Some((table, before))
        }
        _ => None,
    })
}

/// Whether a serial of the list takes the sequence over.
pub(super) fn is_taken_over(sequence: &Sequence, all: &[Operation]) -> bool {
    all.iter().any(|operation| match operation {
        Operation::AlterColumn { table, before, after } => becomes_serial(sequence, table, before, after),
        _ => false,
    })
}

/// Whether the column's default draws from the sequence.
fn draws(column: &Column, sequence: &Sequence) -> bool {
    column.default.as_ref().is_some_and(|default| {
        default.contains("nextval") && text::names_in_string(default, &super::name::object(&sequence.name))
    })
}

/// Whether a column that draws from the sequence is dropped: it may own it.
fn may_be_gone(sequence: &Sequence, all: &[Operation]) -> bool {
    let draws = |column: &Column| draws(column, sequence);
    all.iter().any(|operation| match operation {
        Operation::DropTable(table) => table.columns.iter().any(draws),
        Operation::DropColumn { column, .. } => draws(column),
        _ => false,
    })
}

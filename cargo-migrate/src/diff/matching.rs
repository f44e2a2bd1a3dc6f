use std::collections::BTreeMap;

/// What a table has of one kind, set side by side.
#[derive(Debug)]
pub(super) struct Pairs<'a, T> {
    /// The same but for its name and its comment.
    pub(super) same: Vec<(&'a T, &'a T)>,
    pub(super) gone: Vec<&'a T>,
    pub(super) new: Vec<&'a T>,
}

/// Something on a table that may have a name.
pub(super) trait Named {
    fn name(&self) -> Option<&str>;

    /// Whether the two are one thing, whatever they are called and however they are commented.
    fn is_same(&self, other: &Self) -> bool;
}

/// How sure it is that two that are alike are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    KeptName,
    /// `renamed_from` says so.
    Told,
    Alike,
}

/// Finds the counterpart of each. What has kept its name comes first, so that of two that are alike nothing is renamed
/// without need, then what `told` says, from the old name to the new one; a thing without a name on the wanted side may
/// have any.
pub(super) fn pair<'a, T: Named>(
    before: &'a [T],
    after: &'a [T],
    told: &BTreeMap<String, String>,
) -> Pairs<'a, T> {
    let mut left: Vec<&T> = before.iter().collect();
    let mut same = Vec::new();
    let mut open: Vec<&T> = after.iter().collect();
    for sign in [Sign::KeptName, Sign::Told, Sign::Alike] {
        open.retain(|wanted| {
            let is_it = |found: &&T| match sign {
                Sign::KeptName => found.name() == wanted.name(),
                Sign::Told => {
                    let now = found.name().and_then(|name| told.get(name));
                    now.is_some_and(|now| wanted.name() == Some(now))
                }
                Sign::Alike => true,
            };
            let found = left.iter().position(|found| found.is_same(wanted) && is_it(found));
            let Some(found) = found else { return true };
            if sign != Sign::KeptName && is_passed_on(wanted.name(), before, after) {
                return true;
            }
            same.push((left.remove(found), *wanted));
            false
        });
    }
    Pairs { same, gone: left, new: open }
}

/// Whether the name belongs to something that is still there and gets another: then it is free only afterwards.
fn is_passed_on<T: Named>(name: Option<&str>, before: &[T], after: &[T]) -> bool {
    let owner = before.iter().find(|found| name.is_some() && found.name() == name);
    owner.is_some_and(|owner| after.iter().any(|wanted| owner.is_same(wanted)))
}

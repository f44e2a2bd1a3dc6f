//! Revisions that look as if somebody had not finished writing them. Only of those that are not committed yet is anything
//! said: it is for the one who writes them now. (What was not written at all, an upgrade refuses.)

use migrate_core::{Catalog, Difference, lock::Lock};
use migrate_runtime::cli::Console;

use crate::lint::is_one_way;

/// Warns of revisions that are being sealed with something to do and nothing to undo it.
pub(crate) fn warn_of_empty_ways_back(
    catalog: &Catalog<'_>,
    sealed: &[Difference],
    committed: &Lock,
    console: &Console,
) {
    for difference in sealed {
        let id = match difference {
            Difference::Added(id) | Difference::Edited(id, _) if committed.find(id).is_none() => id,
            _ => continue,
        };
        let Some(index) = catalog.graph().find(id) else { continue };
        let (file, all) = (catalog.file(index), catalog.dialects());
        let empty: Vec<_> = all.iter().filter(|dialect| is_one_way(file, **dialect)).collect();
        if empty.is_empty() {
            continue;
        }
        let names: Vec<_> = empty.iter().map(|dialect| dialect.name()).collect();
        let whom = if empty.len() < all.len() { format!(" for {}", names.join(", ")) } else { String::new() };
        console.warn(&format!(
            "revision {id}: the way back is empty{whom}: write it, or `-- migrate:irreversible REASON`"
        ));
    }
}

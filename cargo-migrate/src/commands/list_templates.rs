use migrate_runtime::cli::Console;
use serde_json::json;

use crate::template;

/// Lists what `init --template` takes.
pub(crate) fn list_templates(console: &Console) -> u8 {
    let names = template::names();
    if console.is_json() {
        console.json(&json!({ "templates": names }));
    } else {
        for name in names {
            console.out(name);
        }
    }
    0
}

use std::collections::BTreeSet;

use crate::Scratch;

/// What the pragmas say of every table, a fact a line. `{t}` stands for the table.
const FACTS: [&str; 4] = [
    // The row's number is never NULL, whatever is said of it.
    "SELECT 'column', name, upper(replace(type, ' ', '')), \"notnull\" OR (pk > 0 AND upper(type) = 'INTEGER'), \
     trim(lower(coalesce(dflt_value, '')), '()'), pk, hidden FROM pragma_table_xinfo({t})",
    "SELECT 'key', l.\"unique\", l.origin, l.partial, iif(l.origin = 'c', l.name, ''), \
     (SELECT group_concat(coalesce(x.name, '?') || ' ' || x.desc || ' ' || upper(x.coll)) FROM \
     (SELECT * FROM pragma_index_xinfo(l.name) WHERE key = 1 ORDER BY seqno) AS x) FROM pragma_index_list({t}) AS l",
    "SELECT 'foreign key', lower(\"table\"), on_update, on_delete, \
     group_concat(lower(\"from\") || ' ' || lower(coalesce(\"to\", '')) ORDER BY seq) \
     FROM pragma_foreign_key_list({t}) GROUP BY id",
    "SELECT 'table', strict, wr FROM pragma_table_list WHERE schema = 'main' AND name = {t}",
];

/// What no pragma tells: found in the text by its first word.
const CLAUSES: [&str; 6] = ["check(", "as(", "deferrable", "autoincrement", "collate", "onconflict"];

impl Scratch {
    /// What a database of SQLite holds, however its statements are written: by the pragmas, and by the bare words of
    /// what those leave out. Not one line of it comes from our own code.
    ///
    /// # Panics
    /// If SQLite refuses.
    pub fn sqlite_shape(&self) -> BTreeSet<String> {
        let mut shape = BTreeSet::new();
        let entries = self.rows(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             AND tbl_name NOT LIKE 'migrate\\_%' ESCAPE '\\'",
        );
        for entry in entries {
            let [kind, name, table, sql] = entry.try_into().expect("four cells");
            let words = bare(&sql);
            if kind != "table" {
                let clauses = words.split_once("where").map_or("", |(_, filter)| filter);
                shape.insert(format!(
                    "{kind} {name} on {table} {}",
                    if kind == "index" { clauses } else { &words }
                ));
                continue;
            }
            let literal = format!("'{}'", name.replace('\'', "''"));
            for fact in FACTS {
                for row in self.rows(&fact.replace("{t}", &literal)) {
                    shape.insert(format!("{name}: {}", row.join(" | ")));
                }
            }
            for clause in CLAUSES {
                let mut found: Vec<&str> = words
                    .match_indices(clause)
                    .map(|(at, _)| &words[at..end(&words, at + clause.len())])
                    .collect();
                found.sort_unstable();
                shape.insert(format!("{name}: {clause} {found:?}"));
            }
        }
        shape
    }
}

/// In lower case, without comments, white space and quotes around names.
fn bare(sql: &str) -> String {
    let without_comments: Vec<&str> =
        sql.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code)).collect();
    let text = without_comments.join(" ").to_lowercase();
    text.chars().filter(|c| !c.is_whitespace() && !"\"`[]".contains(*c)).collect()
}

/// Where the parenthesis that is open at `from` is closed; `from` itself if none was opened there.
fn end(words: &str, from: usize) -> usize {
    if !words[..from].ends_with('(') {
        return from;
    }
    let mut depth = 1;
    for (at, c) in words[from..].char_indices() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth == 0 {
            return from + at + 1;
        }
    }
    words.len()
}

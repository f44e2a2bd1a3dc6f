//! Which known words are close to a mistyped one.

/// How many words are suggested at most.
const SUGGESTED: usize = 3;

/// The known words closest to `word`, best first, three at most; none if none is close.
///
/// ```
/// assert_eq!(migrate_core::suggest("lenght", ["name", "length"]), ["length"]);
/// ```
pub fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut close: Vec<_> = known
        .into_iter()
        .filter_map(|candidate| Some((similarity(word.as_bytes(), candidate.as_bytes())?, candidate)))
        .collect();
    close.sort_unstable();
    close.truncate(SUGGESTED);
    close.into_iter().map(|(_, candidate)| candidate).collect()
}

/// How far apart the two are, if they are close: by the whole word, or by its beginning, since ids may be shortened.
fn similarity(word: &[u8], candidate: &[u8]) -> Option<usize> {
    let allowed = match word.len() {
        0..=2 => 0,
        3..=5 => 1,
        6..=8 => 2,
        _ => 3,
    };
    let whole = distance(word, candidate, allowed);
    let beginning = candidate.get(..word.len()).filter(|_| word.len() >= 4);
    let beginning = beginning.and_then(|start| distance(word, start, 1)).map(|distance| distance + 1);
    whole.into_iter().chain(beginning).min()
}

/// Levenshtein's distance, if it is at most `allowed`.
fn distance(left: &[u8], right: &[u8], allowed: usize) -> Option<usize> {
    if allowed == 0 || left.len().abs_diff(right.len()) > allowed {
        return None;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, &from) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
        if row.iter().all(|distance| *distance > allowed) {
            return None;
        }
    }
    row.last().copied().filter(|distance| *distance <= allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_word_finds_its_neighbours_best_first() {
        assert_eq!(suggest("biling", ["shipping", "billings", "billing"]), ["billing", "billings"]);
        assert_eq!(suggest("3f2a9c41d07c", ["9b1c77e0a2d4", "3f2a9c41d07b"]), ["3f2a9c41d07b"]);
    }

    #[test]
    fn a_mistyped_prefix_finds_the_id() {
        assert_eq!(suggest("3f2b", ["9b1c77e0a2d4", "3f2a9c41d07b"]), ["3f2a9c41d07b"]);
    }

    #[test]
    fn nothing_is_suggested_for_a_word_like_no_other() {
        assert!(suggest("zzzz", ["3f2a9c41d07b"]).is_empty());
        assert!(suggest("", ["a"]).is_empty());
        assert!(suggest("x", ["a"]).is_empty());
    }
}

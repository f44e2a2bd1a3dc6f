//! What a human must look at before a statement runs: the comments `-- review: ...` directly above it.

/// The reviews above the statement that begins at byte `start`, in their order. One may go on in the comment lines below
/// it that are indented.
pub(super) fn above(text: &str, start: usize) -> Vec<String> {
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    if !text[line_start..start].trim().is_empty() {
        // Another statement stands before it, and has what is above.
        return Vec::new();
    }
    let comment = |line: &'_ str| line.trim().strip_prefix("--").map(str::to_owned);
    let mut comments: Vec<String> = text[..line_start].lines().rev().map_while(comment).collect();
    comments.reverse();
    let mut reviews: Vec<String> = Vec::new();
    let mut goes_on = false;
    for comment in &comments {
        let words = comment.trim();
        if let Some(review) = words.strip_prefix("review:") {
            reviews.push(review.trim().to_owned());
            goes_on = true;
        } else if let Some(directive) = words.strip_prefix("migrate:") {
            if directive.trim() != "begin" {
                // What stands above it belongs to something else.
                reviews.clear();
            }
            goes_on = false;
        } else {
            goes_on &= comment.starts_with("  ");
            if let Some(last) = reviews.last_mut().filter(|_| goes_on) {
                last.push(' ');
                last.push_str(words);
            }
        }
    }
    reviews
}

#[cfg(test)]
mod tests {
    use super::above;

    fn reviews(comments: &str) -> Vec<String> {
        above(&format!("SELECT 1;\n{comments}DROP TABLE t;\n"), 10 + comments.len())
    }

    #[test]
    fn reviews_stand_directly_above_and_may_take_several_lines() {
        assert_eq!(reviews("-- review: loses rows\n"), ["loses rows"]);
        assert_eq!(
            reviews("-- a note\r\n-- review: a\r\n--   b\r\n-- review: c\r\n-- mine\r\n--   d\r\n"),
            ["a b", "c"]
        );
        assert_eq!(reviews("  -- review: a\n  "), ["a"]);
        assert_eq!(reviews("-- review: a\n-- migrate:begin\n"), ["a"]);
    }

    #[test]
    fn what_is_said_of_something_else_is_no_review() {
        for comments in [
            "",
            "-- review: a\n\n",
            "-- review: a\n-- migrate:call x\n",
            "-- review: a\nSELECT 2; ",
            "-- migrate:up\n",
        ] {
            assert!(reviews(comments).is_empty(), "{comments:?}");
        }
    }
}

//! Text in lines of a width that fits a terminal, and a page.

use migrate_runtime::cli::wrapped;

/// No line of a file or of a message need be wider.
pub(crate) const WIDTH: usize = 80;

/// The text in lines that fit behind the prefix, which each of them has; behind the first they are set in by two.
pub(crate) fn prefixed(prefix: &str, text: &str) -> String {
    let width = WIDTH.saturating_sub(prefix.chars().count() + 2);
    let mut lines = wrapped(text, width).into_iter();
    let first = lines.next().unwrap_or_default();
    let rest: String = lines.map(|line| format!("\n{prefix}  {line}")).collect();
    format!("{prefix}{first}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_the_prefix() {
        let text = prefixed("-- review: ", &"word ".repeat(30));
        assert!(text.lines().all(|line| line.starts_with("-- review: ") && line.chars().count() <= WIDTH));
        assert_eq!(text.lines().count(), 3);
        assert!(text.contains("\n-- review:   word"));
    }
}

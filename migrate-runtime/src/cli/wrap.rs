//! Text in lines that fit a terminal, and a page.

/// The text in lines of at most so many characters, broken at spaces. A word that is longer has a line of its own.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let Some(line) = lines.last_mut() else { continue };
        let (has, needs) = (line.chars().count(), word.chars().count());
        if has == 0 {
            line.push_str(word);
        } else if has + 1 + needs <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// The text with each line of it wrapped, and what is wrapped set in by two. `before` characters stand in front of the
/// first line already. What is to be copied into a shell stays in one line: options, commands.
pub(super) fn hanging(text: &str, before: usize, width: usize) -> String {
    let mut before = before;
    let lines = text.lines().map(|line| {
        let indent = line.len() - line.trim_start().len();
        let is_for_a_shell = line.trim_start().starts_with("--") || line.trim_start().starts_with("cargo ");
        let in_front = std::mem::take(&mut before);
        if is_for_a_shell || in_front + line.chars().count() <= width {
            return line.to_owned();
        }
        // What stands in front is a word that cannot be broken, and is taken off again.
        let space = "x".repeat(in_front);
        let first = format!("{space}{}", line.trim_start());
        let narrow = width.saturating_sub(indent + 2);
        let mut lines = wrapped(&first, narrow).into_iter();
        let first = lines.next().unwrap_or_default();
        let first = first.strip_prefix(&space).unwrap_or_default().to_owned();
        let rest = lines.map(|line| format!("\n{}{line}", " ".repeat(indent + 2)));
        format!("{}{first}{}", " ".repeat(indent), rest.collect::<String>())
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_at_spaces_only() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a longer-than-that b", 8), ["a", "longer-than-that", "b"]);
        assert_eq!(wrapped("", 8), [""]);
    }

    #[test]
    fn what_is_wrapped_is_set_in() {
        assert_eq!(hanging("one two three", 9, 17), "one\n  two three");
        assert_eq!(hanging("  one two three", 0, 11), "  one two\n    three");
        assert_eq!(hanging("one\ntwo", 0, 5), "one\ntwo");
    }

    #[test]
    fn what_goes_into_a_shell_stays_in_one_line() {
        let line = "    --rename users.name=users.full_name --allow-drop users.bio";
        assert_eq!(hanging(line, 0, 20), line);
    }
}

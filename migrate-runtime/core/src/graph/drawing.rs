//! A graph as text: what leads from one revision to another, drawn with `*`, `|`, `/`, `\` and `_` as `git log --graph`
//! draws commits.

use super::{Graph, Index, Set};

/// A row of a [drawing](Graph::draw).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The lines of the branches, without white space at their end.
    pub lines: String,
    /// The revision that stands in this row: none where lines fork and join only.
    pub revision: Option<Index>,
    /// The same lines one row below: what stands before further text about the revision.
    pub below: String,
}

/// The branches that are open while rows are drawn from the newest revision to the oldest.
#[derive(Default)]
struct Drawing {
    /// The revision that each column leads down to. No two lead to the same.
    columns: Vec<Index>,
    rows: Vec<Row>,
    /// The column that has just ended, if it was the last: what begins there now must not look like its parent.
    ended: Option<usize>,
}

impl Graph {
    /// Draws these revisions, the newest first, with what they revise. What is not among them is left out.
    ///
    /// ```
    /// use migrate_core::graph::{Graph, Node};
    /// # fn main() -> Result<(), migrate_core::Error> {
    /// let follows = |id: &str, parents: &[&str]| -> Result<Node, migrate_core::Error> {
    ///     let revises = parents.iter().map(|id| id.parse()).collect::<Result<_, _>>()?;
    ///     Ok(Node { revises, ..Node::new(id.parse()?) })
    /// };
    /// let graph = Graph::new(vec![
    ///     follows("a", &[])?, follows("b", &["a"])?, follows("c", &["a"])?, follows("d", &["b", "c"])?,
    /// ])?;
    /// let all: Vec<_> = graph.iter().map(|(index, _)| index).collect();
    /// let lines: Vec<_> = graph.draw(&all).into_iter().map(|row| row.lines).collect();
    /// assert_eq!(lines, ["*", "|\\", "| *", "* |", "|/", "*"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn draw(&self, shown: &[Index]) -> Vec<Row> {
        let shown: Set = shown.iter().copied().collect();
        let mut drawing = Drawing::default();
        for here in shown.iter().rev() {
            let mut parents: Vec<Index> = Vec::new();
            // In the order of the header: the first goes straight down.
            for parent in self.node(here).revises.iter().filter_map(|id| self.find(id)) {
                if shown.contains(parent) && !parents.contains(&parent) {
                    parents.push(parent);
                }
            }
            drawing.revision(here, &parents);
        }
        drawing.rows
    }
}

impl Drawing {
    fn revision(&mut self, here: Index, parents: &[Index]) {
        let at = match self.columns.iter().position(|column| *column == here) {
            Some(at) => at,
            None => self.begin(here),
        };
        self.ended = None;
        let line = |mark: char| {
            let sign = |column| if column == at { mark } else { '|' };
            text((0..self.columns.len()).map(|column| (2 * column, sign(column))))
        };
        let below = line(if parents.is_empty() { ' ' } else { '|' });
        self.rows.push(Row { lines: line('*'), revision: Some(here), below });
        let Some((first, others)) = parents.split_first() else { return self.end(at) };
        if let Some(column) = self.columns.get_mut(at) {
            *column = *first;
        }
        others.iter().rev().for_each(|other| self.fork(at, *other));
        while let Some((left, right)) = self.meeting() {
            self.join(left, right);
        }
    }

    /// A column begins, with a head.
    fn begin(&mut self, head: Index) -> usize {
        if self.ended == Some(self.columns.len()) {
            self.signs(straight(self.columns.len()));
        }
        self.columns.push(head);
        self.columns.len() - 1
    }

    /// A column ends; those behind it move up.
    fn end(&mut self, at: usize) {
        self.columns.remove(at);
        if at == self.columns.len() {
            self.ended = Some(at);
        } else {
            let moved = (at..self.columns.len()).map(|column| (2 * column + 1, '/'));
            self.signs(straight(at).chain(moved));
        }
    }

    /// A column begins on the right of another; those behind it make room.
    fn fork(&mut self, at: usize, parent: Index) {
        let moved = (at..self.columns.len()).map(|column| (2 * column + 1, '\\'));
        self.signs(straight(at + 1).chain(moved));
        self.columns.insert(at + 1, parent);
    }

    /// Two columns that lead to the same revision.
    fn meeting(&self) -> Option<(usize, usize)> {
        self.columns.iter().enumerate().find_map(|(right, parent)| {
            let left = self.columns[..right].iter().position(|other| other == parent)?;
            Some((left, right))
        })
    }

    /// A column goes over to one on its left; those behind it move up.
    fn join(&mut self, left: usize, right: usize) {
        let over = (left..right - 1).map(|column| (2 * column + 1, '_'));
        let moved = (right..self.columns.len()).map(|column| (2 * column - 1, '/'));
        self.signs(straight(right).chain(over).chain(moved));
        self.columns.remove(right);
        if right - left > 1 {
            self.signs(straight(self.columns.len()).chain([(2 * left + 1, '/')]));
        }
    }

    /// A row between two revisions.
    fn signs(&mut self, signs: impl Iterator<Item = (usize, char)>) {
        let lines = text(signs);
        self.rows.push(Row { below: lines.clone(), lines, revision: None });
    }
}

/// So many columns that go straight down.
fn straight(columns: usize) -> impl Iterator<Item = (usize, char)> {
    (0..columns).map(|column| (2 * column, '|'))
}

/// Signs at their places in a line. Column n is place 2n; the places between are for what goes from one to another.
fn text(signs: impl Iterator<Item = (usize, char)>) -> String {
    let mut line: Vec<char> = Vec::new();
    for (place, sign) in signs {
        if line.len() <= place {
            line.resize(place + 1, ' ');
        }
        line[place] = sign;
    }
    line.into_iter().collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::testing::graph;
    use super::*;

    /// The rows, with the ids behind their stars.
    fn drawn(text: &str) -> Vec<String> {
        let graph = graph(text);
        let all: Vec<_> = graph.iter().map(|(index, _)| index).collect();
        shown(&graph, &all)
    }

    fn shown(graph: &Graph, which: &[Index]) -> Vec<String> {
        let row = |row: Row| match row.revision {
            Some(index) => format!("{} {}", row.lines, graph.id(index)),
            None => row.lines,
        };
        graph.draw(which).into_iter().map(row).collect()
    }

    #[test]
    fn a_history_without_branches_is_one_line() {
        assert_eq!(drawn("a; b <- a; c <- b"), ["* c", "* b", "* a"]);
        assert!(drawn("").is_empty());
    }

    #[test]
    fn a_diamond_opens_and_closes() {
        let expected = ["* e", "* d", "|\\", "| * c", "* | b", "|/", "* a"];
        assert_eq!(drawn("a; b <- a; c <- a; d <- b,c; e <- d"), expected);
        // The first parent of the header goes straight down.
        let expected = ["* d", "|\\", "* | c", "| * b", "|/", "* a"];
        assert_eq!(drawn("a; b <- a; c <- a; d <- c,b"), expected);
    }

    #[test]
    fn three_branches_written_in_turn_stand_side_by_side() {
        let at = |day: u32| format!("at 2026-01-{day:02}T00:00:00Z");
        let text = format!(
            "a {}; b <- a {}; c <- a {}; d <- a {}; b2 <- b {}; c2 <- c {}; d2 <- d {}",
            at(1),
            at(2),
            at(3),
            at(4),
            at(5),
            at(6),
            at(7)
        );
        let expected = ["* d2", "| * c2", "| | * b2", "* | | d", "| * | c", "|/ /", "| * b", "|/", "* a"];
        assert_eq!(drawn(&text), expected);
    }

    #[test]
    fn a_merge_of_four_opens_three_columns() {
        let expected = [
            "* m",
            "|\\",
            "|\\ \\",
            "|\\ \\ \\",
            "| | | * d",
            "| | * | c",
            "| | |/",
            "| * | b",
            "| |/",
            "* | a",
            "|/",
            "* r",
        ];
        assert_eq!(drawn("r; a <- r; b <- r; c <- r; d <- r; m <- a,b,c,d"), expected);
    }

    #[test]
    fn several_bases_do_not_look_like_one_history() {
        assert_eq!(drawn("a; b"), ["* b", "", "* a"]);
        assert_eq!(drawn("a; b <- a; c; d <- c"), ["* d", "* c", "", "* b", "* a"]);
        // A base that ends between others, and a head behind it.
        let expected = ["* e", "|\\", "| * d", "* | c", " /", "* b", "", "* a"];
        assert_eq!(drawn("a; b; c; d <- b; e <- c,d"), expected);
        let expected = ["* e", "| * d", "|", "| * c", "* a"];
        assert_eq!(drawn("a; c depends a; d depends c; e <- a depends d"), expected);
    }

    #[test]
    fn a_line_that_goes_far_crosses_the_others() {
        let expected = [
            "* g",
            "| * f",
            "| |\\",
            "| | * e",
            "| | |\\",
            "| | * | d",
            "| |  /",
            "* | | c",
            "|_|/",
            "|/|",
            "| * b",
            "|/",
            "* a",
        ];
        assert_eq!(drawn("a; b <- a; c <- a; d; e <- d,a; f <- b,e; g <- c"), expected);
    }

    #[test]
    fn what_is_not_shown_is_no_column() {
        let graph = graph("a; b <- a; c <- a; d <- b,c; e <- d");
        let only: Vec<_> =
            ["d", "c", "e"].iter().map(|id| graph.find(&id.parse().unwrap()).unwrap()).collect();
        assert_eq!(shown(&graph, &only), ["* e", "* d", "* c"]);
    }

    #[test]
    fn text_below_a_revision_goes_on_with_its_lines() {
        let graph = graph("a; b <- a; c; d <- b,c");
        let all: Vec<_> = graph.iter().map(|(index, _)| index).collect();
        let rows = graph.draw(&all);
        let below: Vec<_> =
            rows.iter().filter(|row| row.revision.is_some()).map(|row| row.below.as_str()).collect();
        assert_eq!(below, ["|", "|", "|", ""]);
    }

    proptest::proptest! {
        /// A line that is followed down from each star ends at the stars of its parents, and nowhere else.
        #[test]
        fn every_line_leads_to_a_parent(seed in proptest::collection::vec(proptest::collection::vec(0_usize..12, 0..4), 1..12)) {
            let nodes: Vec<String> = seed
                .iter()
                .enumerate()
                .map(|(at, parents)| {
                    let mut parents: Vec<_> = parents.iter().filter(|parent| **parent < at).collect();
                    parents.sort();
                    parents.dedup();
                    let parents: Vec<_> = parents.iter().map(|parent| format!("r{parent}")).collect();
                    if parents.is_empty() { format!("r{at}") } else { format!("r{at} <- {}", parents.join(",")) }
                })
                .collect();
            let graph = graph(&nodes.join(";"));
            let all: Vec<_> = graph.iter().map(|(index, _)| index).collect();
            let rows = graph.draw(&all);
            for (at, row) in rows.iter().enumerate() {
                let Some(index) = row.revision else { continue };
                let star = row.lines.find('*').unwrap();
                let mut found: Vec<_> = follow(&rows[at + 1..], star, true);
                found.sort_unstable();
                found.dedup();
                let expected = graph.revises(index).to_vec();
                proptest::prop_assert_eq!(found, expected, "{}", rows.iter().map(|row| format!("{}\n", row.lines)).collect::<String>());
            }
        }
    }

    /// The revisions that lines from `place` in the row above lead to; from a star several may go.
    fn follow(rows: &[Row], place: usize, forks: bool) -> Vec<Index> {
        let Some((row, rest)) = rows.split_first() else { return Vec::new() };
        let at = |place: usize| row.lines.chars().nth(place).unwrap_or(' ');
        if let Some(index) = row.revision {
            return match at(place) {
                '*' => vec![index],
                '|' => follow(rest, place, false),
                _ => Vec::new(),
            };
        }
        let mut found = Vec::new();
        if at(place) == '|' {
            found.extend(follow(rest, place, forks));
        }
        if at(place + 1) == '\\' && (at(place) != '|' || forks) {
            found.extend(follow(rest, place + 2, false));
        }
        if at(place) != '|' && place > 0 && at(place - 1) == '/' {
            // With underscores before it, it goes on to the place where they end.
            let mut end = place - 1;
            while end >= 2 && at(end - 2) == '_' {
                end -= 2;
            }
            let down = if end == place - 1 { place - 2 } else { end + 1 };
            if end == place - 1 {
                found.extend(follow(rest, down, false));
            } else if let Some((joined, rest)) = rest.split_first() {
                assert_eq!(joined.lines.chars().nth(end), Some('/'), "{rows:?}");
                found.extend(follow(rest, end - 1, false));
            }
        }
        found
    }
}

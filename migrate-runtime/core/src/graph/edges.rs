use super::Index;

/// A list of revisions for each revision, all in two allocations.
#[derive(Debug, Clone)]
pub(super) struct Edges {
    /// Where each revision's list ends in `targets`; it starts where the one before it ends.
    ends: Vec<usize>,
    targets: Vec<Index>,
}

impl Edges {
    /// One list for each revision, in canonical order; each is sorted and freed of repetitions.
    pub(super) fn new(lists: impl IntoIterator<Item = Vec<Index>>) -> Self {
        let (mut ends, mut targets) = (Vec::new(), Vec::new());
        for mut list in lists {
            list.sort_unstable();
            list.dedup();
            targets.append(&mut list);
            ends.push(targets.len());
        }
        Self { ends, targets }
    }

    pub(super) fn of(&self, index: Index) -> &[Index] {
        let position = index.position();
        let start = if position == 0 { 0 } else { self.ends[position - 1] };
        &self.targets[start..self.ends[position]]
    }

    /// The same edges, listed at their other end.
    pub(super) fn reversed(&self) -> Self {
        let count = self.ends.len();
        let mut ends = vec![0; count];
        for target in &self.targets {
            ends[target.position()] += 1;
        }
        let mut next = Vec::with_capacity(count);
        let mut sum = 0;
        for end in &mut ends {
            next.push(sum);
            sum += *end;
            *end = sum;
        }
        let mut targets = vec![Index::new(0); self.targets.len()];
        for source in (0..count).map(Index::new) {
            for target in self.of(source) {
                let slot = &mut next[target.position()];
                targets[*slot] = source;
                *slot += 1;
            }
        }
        Self { ends, targets }
    }
}

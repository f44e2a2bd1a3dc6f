use super::Index;

const BITS: usize = u64::BITS as usize;

/// A set of revisions of one graph. It iterates in canonical order.
///
/// ```
/// use migrate_core::graph::{Graph, Node};
/// # fn main() -> Result<(), migrate_core::Error> {
/// let graph = Graph::new(vec![Node::new("a".parse()?), Node::new("b".parse()?)])?;
/// let mut all = graph.ancestors(&graph.heads());
/// assert_eq!(all.len(), 2);
/// all.difference_with(&graph.ancestors(&graph.resolve(None, "b")?));
/// assert_eq!(all.iter().map(|index| graph.id(index).as_str()).collect::<Vec<_>>(), ["a"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Set {
    words: Vec<u64>,
}

impl Set {
    /// An empty set with room for the first `count` revisions of a graph.
    pub(super) fn with_capacity(count: usize) -> Self {
        Self { words: vec![0; count.div_ceil(BITS)] }
    }

    /// All of the first `count` revisions of a graph.
    pub(super) fn full(count: usize) -> Self {
        (0..count).map(Index::new).collect()
    }

    /// Whether the revision is in the set.
    pub fn contains(&self, index: Index) -> bool {
        let (word, bit) = place(index);
        self.words.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// Adds a revision; false if it was there already.
    pub fn insert(&mut self, index: Index) -> bool {
        let (word, bit) = place(index);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let added = self.words[word] & bit == 0;
        self.words[word] |= bit;
        added
    }

    /// Takes a revision out; false if it was not there.
    pub fn remove(&mut self, index: Index) -> bool {
        let (word, bit) = place(index);
        let Some(bits) = self.words.get_mut(word) else { return false };
        let removed = *bits & bit != 0;
        *bits &= !bit;
        removed
    }

    /// How many revisions are in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|bits| bits.count_ones() as usize).sum()
    }

    /// Whether no revision is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|bits| *bits == 0)
    }

    /// The revisions in canonical order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Index> + '_ {
        self.words.iter().enumerate().flat_map(|(word, bits)| {
            (0..BITS).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| Index::new(word * BITS + bit))
        })
    }

    /// Adds every revision of `other`.
    pub fn union_with(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (bits, others) in self.words.iter_mut().zip(&other.words) {
            *bits |= others;
        }
    }

    /// Takes out every revision of `other`.
    pub fn difference_with(&mut self, other: &Self) {
        for (bits, others) in self.words.iter_mut().zip(&other.words) {
            *bits &= !others;
        }
    }

    /// Keeps only what is in `other` too.
    pub fn intersect_with(&mut self, other: &Self) {
        self.words.truncate(other.words.len());
        for (bits, others) in self.words.iter_mut().zip(&other.words) {
            *bits &= others;
        }
    }

    /// Whether the two sets share a revision.
    pub fn intersects(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(bits, others)| bits & others != 0)
    }

    /// Whether every revision of this set is in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        let mut rest = self.clone();
        rest.difference_with(other);
        rest.is_empty()
    }
}

fn place(index: Index) -> (usize, u64) {
    (index.position() / BITS, 1 << (index.position() % BITS))
}

impl PartialEq for Set {
    /// The room that a set has reserved does not count.
    fn eq(&self, other: &Self) -> bool {
        self.is_subset(other) && other.is_subset(self)
    }
}

impl Eq for Set {}

impl FromIterator<Index> for Set {
    fn from_iter<I: IntoIterator<Item = Index>>(indices: I) -> Self {
        let mut set = Self::default();
        set.extend(indices);
        set
    }
}

impl Extend<Index> for Set {
    fn extend<I: IntoIterator<Item = Index>>(&mut self, indices: I) {
        for index in indices {
            self.insert(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(positions: &[usize]) -> Set {
        positions.iter().copied().map(Index::new).collect()
    }

    #[test]
    fn a_set_iterates_in_canonical_order_from_both_ends() {
        let set = set(&[200, 0, 64, 63]);
        let forward: Vec<_> = set.iter().map(Index::position).collect();
        assert_eq!(forward, [0, 63, 64, 200]);
        assert_eq!(set.iter().rev().map(Index::position).collect::<Vec<_>>(), [200, 64, 63, 0]);
        assert_eq!(set.len(), 4);
    }

    #[test]
    fn insert_and_remove_say_whether_anything_changed() {
        let mut set = Set::default();
        assert!(set.insert(Index::new(70)));
        assert!(!set.insert(Index::new(70)));
        assert!(set.remove(Index::new(70)));
        assert!(!set.remove(Index::new(70)));
        assert!(!set.remove(Index::new(7000)));
        assert!(set.is_empty());
    }

    #[test]
    fn sets_are_equal_whatever_room_they_reserved() {
        assert_eq!(Set::with_capacity(1000), Set::default());
        assert_ne!(set(&[1]), set(&[1, 700]));
        assert_ne!(set(&[1, 700]), set(&[1]));
    }

    #[test]
    fn sets_of_different_lengths_combine() {
        let (short, long) = (set(&[1, 2]), set(&[2, 300]));
        let mut union = short.clone();
        union.union_with(&long);
        assert_eq!(union, set(&[1, 2, 300]));
        union.difference_with(&short);
        assert_eq!(union, set(&[300]));
        assert!(short.intersects(&long));
        assert!(!short.intersects(&union));
        let mut both = long.clone();
        both.intersect_with(&short);
        assert_eq!(both, set(&[2]));
        assert_eq!(Set::full(3), set(&[0, 1, 2]));
    }
}

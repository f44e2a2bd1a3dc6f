//! Collations, and what of them a table or a charset gives by itself.

use std::collections::BTreeMap;

/// For each charset of a server the collation that it has by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Collations(BTreeMap<String, String>);

impl FromIterator<(String, String)> for Collations {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Collations {
    /// The collation that a charset has by itself.
    pub(crate) fn usual(&self, charset: &str) -> Option<&str> {
        self.0.get(charset).map(String::as_str)
    }

    /// What of the charset and the collation of a column its table does not give by itself.
    pub(crate) fn beside(&self, collation: &str, table_collation: &str) -> (Option<String>, Option<String>) {
        if collation.is_empty() || collation == table_collation {
            return (None, None);
        }
        let charset = charset_of(collation);
        let differs = charset != charset_of(table_collation);
        let is_implied = differs && self.usual(charset) == Some(collation);
        (differs.then(|| charset.to_owned()), (!is_implied).then(|| collation.to_owned()))
    }

    /// The collation that charset and collation mean together; none where nothing is said.
    pub(crate) fn meant<'a>(&'a self, charset: Option<&str>, collation: Option<&'a str>) -> Option<&'a str> {
        let fits = |collation: &&str| charset.is_none_or(|charset| charset_of(collation) == charset);
        collation.filter(fits).or_else(|| self.usual(charset?))
    }
}

/// Every collation begins with the name of its charset.
pub(crate) fn charset_of(collation: &str) -> &str {
    collation.split_once('_').map_or(collation, |(charset, _)| charset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collations() -> Collations {
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        [pair("latin1", "latin1_swedish_ci"), pair("utf8mb4", "utf8mb4_0900_ai_ci")].into_iter().collect()
    }

    #[test]
    fn a_column_says_what_its_table_does_not() {
        let some = |text: &str| Some(text.to_owned());
        for (own, table, said) in [
            ("latin1_swedish_ci", "latin1_swedish_ci", (None, None)),
            ("latin1_bin", "latin1_swedish_ci", (None, some("latin1_bin"))),
            ("utf8mb4_0900_ai_ci", "latin1_swedish_ci", (some("utf8mb4"), None)),
            ("utf8mb4_bin", "latin1_swedish_ci", (some("utf8mb4"), some("utf8mb4_bin"))),
        ] {
            assert_eq!(collations().beside(own, table), said, "{own} in {table}");
        }
    }

    #[test]
    fn a_collation_of_another_charset_does_not_count() {
        let all = collations();
        assert_eq!(all.meant(Some("latin1"), Some("latin1_bin")), Some("latin1_bin"));
        assert_eq!(all.meant(Some("latin1"), Some("utf8mb4_bin")), Some("latin1_swedish_ci"));
        assert_eq!(all.meant(None, Some("utf8mb4_bin")), Some("utf8mb4_bin"));
        assert_eq!(all.meant(None, None), None);
    }
}

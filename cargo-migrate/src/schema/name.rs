use std::fmt;

/// The name of a table, a type or a sequence, as the catalogue has it: unquoted, in its own case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectName {
    /// None for the default schema of the connection.
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

impl ObjectName {
    /// In the default schema.
    pub(crate) fn local(name: impl Into<String>) -> Self {
        Self { schema: None, name: name.into() }
    }

    /// In the schema of that name.
    pub(crate) fn in_schema(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: Some(schema.into()), name: name.into() }
    }
}

/// As people write it, unquoted: `schema.name`.
impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

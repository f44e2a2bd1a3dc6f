use std::ops::Range;

/// What one engine runs for one side of a revision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// In file order; neighbours differ in [`Block::transaction`].
    pub blocks: Vec<Block>,
}

/// Steps that run in one transaction, or each on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Whether the steps share the revision's transaction.
    pub transaction: bool,
    /// In file order.
    pub steps: Vec<Step>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// SQL for the server.
    Statement(Statement),
    /// A Rust step of the application.
    Call(Call),
}

/// One statement, or on SQL Server one batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// As the file has it, without the terminator.
    pub sql: String,
    /// The bytes of the file that it covers.
    pub span: Range<usize>,
}

/// `-- migrate:call NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name under which the application registers the step.
    pub name: String,
    /// The bytes of the file that it covers.
    pub span: Range<usize>,
}

impl Script {
    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.blocks.iter().map(|block| block.steps.len()).sum()
    }

    /// Whether there is nothing to run.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every step, in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.blocks.iter().flat_map(|block| &block.steps)
    }

    /// Whether one transaction around everything is what the file asks for.
    pub fn is_transactional(&self) -> bool {
        self.blocks.iter().all(|block| block.transaction)
    }
}

impl Step {
    /// The bytes of the file that it covers.
    pub fn span(&self) -> Range<usize> {
        match self {
            Self::Statement(statement) => statement.span.clone(),
            Self::Call(call) => call.span.clone(),
        }
    }
}

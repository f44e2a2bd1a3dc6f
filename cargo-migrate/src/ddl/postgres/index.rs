/// The word among an index's options that marks one which is INVALID: a `CREATE INDEX CONCURRENTLY` that failed has left
/// it, or is still at work. No model states it, so such an index is dropped and made again.
pub(crate) const INVALID: &str = "invalid";

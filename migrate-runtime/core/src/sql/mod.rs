//! The statements of a script, as the engine's own client would see them.

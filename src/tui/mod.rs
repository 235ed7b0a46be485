//! The console: key -> action -> `update(model, msg) -> effects` -> view. Must not know the command line.

pub mod glyph;
pub mod screens;
pub mod theme;

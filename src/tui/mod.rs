//! The console: key -> intent -> `update(model, msg) -> effects` -> view. Must not know the command line.

//! The headless twin: parses arguments, runs the headless verbs, or says what `main` should open. Never calls the console.

mod vocabulary;

pub use vocabulary::vocabulary;

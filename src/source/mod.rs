//! Where migrations come from. Must not know what is done with them.

pub mod folder;

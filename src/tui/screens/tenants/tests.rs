//! The tenant list.

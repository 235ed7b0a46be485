//! Screen 1.

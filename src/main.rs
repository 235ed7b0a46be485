//! The roof: parse arguments, install the error report, call a face, exit code.

fn main() {}

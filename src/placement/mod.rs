//! Where tables live, and what of it is dangerous, wrong or normal. Must not read anything, nor know a screen.

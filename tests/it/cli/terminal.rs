//! The headless verbs on a real terminal: width, colours, the password prompt.

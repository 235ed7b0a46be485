//! The registry of actions that keys, palette, menu, help and headless verbs share. Must not know how an action is done.

//! Which tenant a session is about and how that is known, who blocks whom, who would hold up a change of structure. Must not read
//! anything, nor know a screen.

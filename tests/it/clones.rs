//! Clones on real servers: what is made, what is refused, and what is left when a worker or a connection dies in the middle.

mod across;
mod crowd;
mod faults;
mod lanes;
mod made;
mod outside;
mod roles;
pub(crate) mod scene;
mod standbys;
mod trouble;

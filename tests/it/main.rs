//! The one integration binary: everything that needs a server, a terminal or the built program.

mod cli;
mod clones;
mod config;
mod connect;
mod console;
mod demo;
mod drops;
mod facts;
mod fixture;
mod ledgers;
mod message;
mod placement;
mod plan;
mod pooler;
mod recipe;
mod runs;
mod shapes;
mod sources;
mod standby;
mod structure;
mod support;
mod terminal;

//! Workers on real servers: what a run does to a fleet, whatever ends its worker, its connections or its server.

mod breakdowns;
pub(crate) mod commands;
mod controls;
mod fail_points;
mod failover;
mod faults;
pub(crate) mod fleet;
mod keeping;
mod limits;
mod ordinary;
mod proxy;
mod random;
mod replicas;
mod rivals;
mod servers;
mod signals;
mod together;
mod turns;
mod windows;

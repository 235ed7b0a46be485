//! `tenantry`, the console for multi-tenant PostgreSQL. This page is the floor plan of its code.
//!
//! A fleet keeps each customer (tenant) in a schema of its own. The console lists tenants and schemas, says how big they are and
//! what is odd about them; every verb of the console also exists headless.
//!
//! Imports point down, never up, and never between the two faces; `tests/house.rs` proves it.
//!
//! | floor | room | what it holds |
//! |---|---|---|
//! | 5 faces | [`tui`] | the console |
//! | | [`cli`] | the headless twin: the same verbs, data on stdout |
//! | 4 doors | [`observer`] | everything that only reads: owns the observing connections, collects facts |
//! | | [`worker`] | everything that writes: its own process, executes one approved plan, notes every step in a journal |
//! | | [`demo`] | a throwaway PostgreSQL cluster with a sample fleet |
//! | | [`runs`] | lists runs, starts workers, follows journals, sends control: what faces know of runs |
//! | 3 stores | [`source`] | where migrations come from, with their texts: a folder of SQL, a bundle of Django's |
//! | | [`journal`] | what happens in a run, durable: the approved plan and a line for each event |
//! | | [`state`] | small local files between two runs: how many tenants there were |
//! | 2 access | [`pg`] | connections, libpq's conventions, TLS, catalogue queries, SQLSTATE to fault |
//! | 2 plan | [`plan`] | statements that an operator reviews: plans and what there is to say about them, proposals for a drifted schema |
//! | 1 thought | [`drift`] | histories and structures against what they should be, classes of equals, differences |
//! | | [`capacity`] | the scary number, the runway, what wears the server: formulas and rules |
//! | | [`placement`] | where tables live, and what of it is dangerous |
//! | | [`activity`] | sessions by tenant, who blocks whom |
//! | | [`dialect`] | registries and ledgers as pure data |
//! | | [`sqltext`] | the one place that turns names and literals into SQL text, and cuts SQL text into tokens and statements |
//! | | [`config`] | `fleet.toml` as plain structs |
//! | | [`action`] | the registry of actions that keys, palette, menu and help share |
//! | 0 ground | [`domain`] | names, facts, the fleet and its fold |
//!
//! What happens: `cli` parses arguments and says what to open; `main` opens the console on it. The observer reads each database in
//! `READ ONLY` transactions and emits [`domain::fleet::FleetEvent`]s; both faces fold them into a [`domain::fleet::Fleet`] and
//! let [`drift::judge`] say what of it is not as it should be.

pub mod action;
pub mod activity;
pub mod capacity;
pub mod cli;
pub mod config;
pub mod demo;
pub mod dialect;
pub mod domain;
pub mod drift;
pub mod journal;
pub mod observer;
pub mod pg;
pub mod placement;
pub mod plan;
pub mod runs;
pub mod source;
pub mod sqltext;
pub mod state;
pub mod tui;
pub mod worker;

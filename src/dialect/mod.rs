//! Ledgers and registries as pure data: how to detect each, the SQL that reads it, how its rows parse. Must not open a connection.

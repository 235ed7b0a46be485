//! A throwaway PostgreSQL cluster with a sample fleet. Must not touch any server but its own.

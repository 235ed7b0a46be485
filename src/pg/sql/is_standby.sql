-- Both in one message, which is one transaction: a standby refuses a role that is serializable by default.
SET LOCAL transaction_isolation = 'read committed';
SELECT pg_catalog.pg_is_in_recovery()

-- Takes the turn of the one run that works on this database, as long as this connection lives. $1, $2: the key.
SELECT pg_catalog.pg_try_advisory_lock($1::int, $2::int)

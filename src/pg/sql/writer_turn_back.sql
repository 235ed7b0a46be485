-- Gives the turn of the one run that works on this database back. $1, $2: the key.
SELECT pg_catalog.pg_advisory_unlock($1::int, $2::int)

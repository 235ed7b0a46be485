-- How old the oldest transaction and multixact of each database are: both are counted for the whole server.
SELECT datname::text, datname = current_database(), age(datfrozenxid)::int8, mxid_age(datminmxid)::int8
FROM pg_database
WHERE datfrozenxid <> '0'

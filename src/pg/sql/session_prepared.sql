-- The transactions of this database that were prepared and not ended. Age in milliseconds.
SELECT gid, owner::text, (extract(epoch FROM clock_timestamp() - prepared) * 1000)::bigint
FROM pg_prepared_xacts
WHERE database = current_database()
ORDER BY gid

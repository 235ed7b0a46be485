-- Bytes on disk of some tables, by their files. This takes a short AccessShare lock on each: whoever asks sets lock_timeout.
SELECT o, pg_total_relation_size(o), pg_indexes_size(o) FROM unnest($1::oid[]) AS o

-- Every transaction from this one on may still change something that a statement of now does not see.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::int8

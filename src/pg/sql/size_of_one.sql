SELECT pg_total_relation_size({oid}), pg_indexes_size({oid})

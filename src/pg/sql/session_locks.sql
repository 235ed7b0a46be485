-- Who holds which locks in which schema of this database: on relations, and on the schema itself. A prepared transaction has no
-- process; it is known by the lock on its own transaction. A dump holds a lock on every table: of each holder only the first $1 are
-- looked at, and how many there are is counted. Relations that are not committed yet have no name for us. 11, 99: PostgreSQL's own.
WITH lock AS MATERIALIZED (
    SELECT l.pid, l.virtualtransaction, l.locktype, l.relation, l.classid, l.objid, l.transactionid, l.mode
    FROM pg_locks l
    WHERE l.granted
      AND ((l.locktype IN ('relation', 'object') AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
           OR (l.pid IS NULL AND l.locktype = 'transactionid'))
), held AS MATERIALIZED (
    SELECT l.*, count(*) OVER holder AS held, row_number() OVER holder AS place
    FROM lock l
    WHERE l.locktype = 'relation' OR (l.locktype = 'object' AND l.classid = 2615)
    WINDOW holder AS (PARTITION BY l.pid, l.virtualtransaction)
), named AS (
    SELECT h.pid, h.virtualtransaction, c.relnamespace AS namespace, h.mode, h.held, c.relname::text AS relation
    FROM held h
    JOIN pg_class c ON c.oid = h.relation
    WHERE h.place <= $1 AND h.locktype = 'relation'
    UNION ALL
    SELECT h.pid, h.virtualtransaction, h.objid, h.mode, h.held, NULL
    FROM held h
    WHERE h.place <= $1 AND h.locktype = 'object'
)
SELECT m.pid, x.gid, n.nspname::text, m.mode, count(*), min(m.relation), min(m.held)
FROM named m
JOIN pg_namespace n ON n.oid = m.namespace
LEFT JOIN lock t ON m.pid IS NULL AND t.locktype = 'transactionid' AND t.virtualtransaction = m.virtualtransaction
LEFT JOIN pg_prepared_xacts x ON x.transaction = t.transactionid
WHERE m.namespace NOT IN (11, 99)
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4

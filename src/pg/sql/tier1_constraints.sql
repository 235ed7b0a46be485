-- What a foreign key points to is named; its index and its operators follow from that.
SELECT r.ns, {h}ROW('constraint'::text, r.relname, k.contype, k.condeferrable, k.condeferred, k.convalidated, k.connoinherit,
                    k.conislocal, k.coninhcount, k.conparentid <> 0, k.conkey, k.confkey, k.confupdtype, k.confdeltype,
                    k.confmatchtype, k.conexclop{>=150000:, k.confdelsetcols}{>=180000:, k.conenforced, k.conperiod},
                    CASE WHEN f.relnamespace = r.ns THEN 'own ' || f.relname ELSE k.confrelid::text END
       ){/h} AS base, k.conname::text AS loose, k.conbin::text AS tree
FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid
LEFT JOIN pg_class f ON f.oid = k.confrelid AND f.relkind IN ('r', 'p')

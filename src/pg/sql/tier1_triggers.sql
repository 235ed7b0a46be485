-- A trigger of a constraint has a number for a name, and is told of when it does not fire as it should.
SELECT r.ns, {h}ROW('trigger'::text, r.relname,
                    CASE WHEN t.tgisinternal AND t.tgconstraint <> 0
                         THEN (SELECT k.contype::text || ' ' || k.conkey::text || coalesce(' ' || k.confkey::text, '')
                               FROM pg_constraint k WHERE k.oid = t.tgconstraint)
                         ELSE t.tgname::text END, t.tgtype, t.tgenabled, t.tgdeferrable, t.tginitdeferred, t.tgconstraint <> 0,
                    t.tgnargs, t.tgargs, t.tgattr::int2[], t.tgoldtable, t.tgnewtable{>=130000:, t.tgparentid <> 0},
                    CASE WHEN t.tgconstrrelid <> 0 THEN coalesce(
                        'own ' || (SELECT c.relname FROM pg_class c WHERE c.oid = t.tgconstrrelid AND c.relnamespace = r.ns),
                        t.tgconstrrelid::text) END,
                    coalesce('own ' || (SELECT p.proname FROM pg_proc p WHERE p.oid = t.tgfoid AND p.pronamespace = r.ns), t.tgfoid::text)
       ){/h} AS base, NULL::text AS loose, t.tgqual::text AS tree
FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid
WHERE NOT t.tgisinternal OR t.tgenabled <> 'O'

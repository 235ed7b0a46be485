CASE WHEN 16384 > ALL ({p}.proargtypes::oid[]) THEN {p}.proargtypes::text ELSE (
    SELECT string_agg(coalesce('own ' || (SELECT y.typname FROM pg_type y WHERE y.oid = u.oid AND y.typnamespace = {p}.pronamespace),
                               u.oid::text), ', ' ORDER BY u.n)
    FROM unnest({p}.proargtypes::oid[]) WITH ORDINALITY AS u (oid, n)) END

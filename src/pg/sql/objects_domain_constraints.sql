SELECT 'constraint', t.typname::text, k.conname::text, true,
       ARRAY['!definition', pg_get_constraintdef(k.oid, true),
             'valid', CASE WHEN NOT k.convalidated THEN 'no' END,
             'comment', {comment; k.oid; pg_constraint; 0}]::text[]
FROM pg_constraint k
JOIN pg_type t ON t.oid = k.contypid
WHERE k.contypid = ANY ($1) AND k.conrelid = 0 AND k.contype = 'c'

(' START WITH ' || {1}.seqstart || ' INCREMENT BY ' || {1}.seqincrement || ' MINVALUE ' || {1}.seqmin || ' MAXVALUE ' || {1}.seqmax
 || ' CACHE ' || {1}.seqcache || CASE WHEN {1}.seqcycle THEN ' CYCLE' ELSE '' END)

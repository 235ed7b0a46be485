-- Kinds that few schemas have, as the text of their rows: an OID in one that an own object has becomes its name.
SELECT x.ns, {h}ROW(x.class::text, regexp_replace(x.row, '[0-9]{5,}', '#', 'g'),
                    (SELECT string_agg(coalesce(
                         'f ' || (SELECT p.proname FROM pg_proc p WHERE p.oid = u.number AND p.pronamespace = x.ns),
                         't ' || (SELECT y.typname FROM pg_type y WHERE y.oid = u.number AND y.typnamespace = x.ns),
                         'o ' || (SELECT o.oprname FROM pg_operator o WHERE o.oid = u.number AND o.oprnamespace = x.ns),
                         'm ' || (SELECT f.opfname FROM pg_opfamily f WHERE f.oid = u.number AND f.opfnamespace = x.ns),
                         'c ' || (SELECT c.opcname FROM pg_opclass c WHERE c.oid = u.number AND c.opcnamespace = x.ns),
                         'd ' || (SELECT d.dictname FROM pg_ts_dict d WHERE d.oid = u.number AND d.dictnamespace = x.ns),
                         'p ' || (SELECT p.prsname FROM pg_ts_parser p WHERE p.oid = u.number AND p.prsnamespace = x.ns),
                         'e ' || (SELECT t.tmplname FROM pg_ts_template t WHERE t.oid = u.number AND t.tmplnamespace = x.ns),
                         's ' || (SELECT c.cfgname FROM pg_ts_config c WHERE c.oid = u.number AND c.cfgnamespace = x.ns),
                         u.found), ', ' ORDER BY u.n)
                     FROM regexp_matches(x.row, '[0-9]{5,10}', 'g') WITH ORDINALITY AS m (found, n),
                          LATERAL (SELECT m.found[1], m.n, least(m.found[1]::int8, 4294967295)::oid) AS u (found, n, number))){/h} AS base, NULL::text AS loose
FROM (
    SELECT l.ns, l.class, ROW(c.collname, c.collprovider, c.collisdeterministic, c.collencoding, c.collcollate, c.collctype
           {>=150000:, c.coll{<170000:icu}locale}{>=160000:, c.collicurules})::text AS row
    FROM lonely l JOIN pg_collation c ON c.oid = l.oid WHERE l.class = 'pg_collation'::regclass
    UNION ALL
    SELECT l.ns, l.class, ROW(o.oprname, o.oprkind, o.oprcanmerge, o.oprcanhash, o.oprleft, o.oprright, o.oprresult, o.oprcom, o.oprnegate,
           o.oprcode::oid, o.oprrest::oid, o.oprjoin::oid)::text
    FROM lonely l JOIN pg_operator o ON o.oid = l.oid WHERE l.class = 'pg_operator'::regclass
    UNION ALL
    SELECT l.ns, l.class, ROW(o.opcmethod, o.opcname, o.opcfamily, o.opcintype, o.opcdefault, o.opckeytype)::text
    FROM lonely l JOIN pg_opclass o ON o.oid = l.oid WHERE l.class = 'pg_opclass'::regclass
    UNION ALL
    SELECT l.ns, l.class, ROW(f.opfmethod, f.opfname)::text
    FROM lonely l JOIN pg_opfamily f ON f.oid = l.oid WHERE l.class = 'pg_opfamily'::regclass
    UNION ALL
    SELECT l.ns, 'pg_amop'::regclass, ROW(f.opfname, a.amoplefttype, a.amoprighttype, a.amopstrategy, a.amoppurpose, a.amopopr,
           a.amopmethod, a.amopsortfamily)::text
    FROM lonely l JOIN pg_opfamily f ON f.oid = l.oid JOIN pg_amop a ON a.amopfamily = f.oid WHERE l.class = 'pg_opfamily'::regclass
    UNION ALL
    SELECT l.ns, 'pg_amproc'::regclass, ROW(f.opfname, a.amproclefttype, a.amprocrighttype, a.amprocnum, a.amproc::oid)::text
    FROM lonely l JOIN pg_opfamily f ON f.oid = l.oid JOIN pg_amproc a ON a.amprocfamily = f.oid WHERE l.class = 'pg_opfamily'::regclass
    UNION ALL
    SELECT l.ns, l.class, ROW(c.conname, c.conforencoding, c.contoencoding, c.conproc::oid, c.condefault)::text
    FROM lonely l JOIN pg_conversion c ON c.oid = l.oid WHERE l.class = 'pg_conversion'::regclass
    UNION ALL
    SELECT l.ns, l.class, ROW(c.cfgname, c.cfgparser)::text
    FROM lonely l JOIN pg_ts_config c ON c.oid = l.oid WHERE l.class = 'pg_ts_config'::regclass
    UNION ALL
    SELECT l.ns, 'pg_ts_config_map'::regclass, ROW(c.cfgname, m.maptokentype, m.mapseqno, m.mapdict)::text
    FROM lonely l JOIN pg_ts_config c ON c.oid = l.oid JOIN pg_ts_config_map m ON m.mapcfg = c.oid WHERE l.class = 'pg_ts_config'::regclass
    UNION ALL
    SELECT l.ns, l.class, ROW(d.dictname, d.dicttemplate, d.dictinitoption)::text
    FROM lonely l JOIN pg_ts_dict d ON d.oid = l.oid WHERE l.class = 'pg_ts_dict'::regclass
    UNION ALL
    SELECT l.ns, l.class, ROW(p.prsname, p.prsstart::oid, p.prstoken::oid, p.prsend::oid, p.prsheadline::oid, p.prslextype::oid)::text
    FROM lonely l JOIN pg_ts_parser p ON p.oid = l.oid WHERE l.class = 'pg_ts_parser'::regclass
    UNION ALL
    SELECT l.ns, l.class, ROW(t.tmplname, t.tmplinit::oid, t.tmpllexize::oid)::text
    FROM lonely l JOIN pg_ts_template t ON t.oid = l.oid WHERE l.class = 'pg_ts_template'::regclass
) x

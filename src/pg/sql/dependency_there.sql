-- An object as another database calls it, with all that can be used of it; refused where there is none. What is asked for stands once.
SELECT a.classid, a.objid, f.facet
FROM pg_get_object_address($address) a
LEFT JOIN LATERAL ({facets; a.classid; a.objid}) f ON true

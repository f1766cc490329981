-- select thing?$filter=parts/$count gt 2 and tags/$count($filter=$this ne 'a') ge 1

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND ((SELECT COUNT(*) FROM "part" t1 WHERE t1."tenant_id" = ? AND t1."thingId" = t0."id") > ? AND (SELECT COUNT(*) FROM json_each(json_extract(t0."$document", '$."tags"')) t2 WHERE (t2.value IS NOT ?)) >= ?);
-- bound to 7, 7, 2, 'a', 1

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND ((SELECT COUNT(*) FROM "part" t1 WHERE t1."tenant_id" = (?::int8) AND t1."thingId" = t0."id") > (?::float8) AND (SELECT COUNT(*) FROM json_array_elements(muster_json(((muster_json((t0."$document")::text) #>> '{"tags"}') COLLATE "C"))) AS t2(value) WHERE (((muster_json((t2.value)::text) #>> '{}') COLLATE "C") IS DISTINCT FROM (?::text COLLATE "C"))) >= (?::float8));
-- bound to 7, 7, 2, 'a', 1

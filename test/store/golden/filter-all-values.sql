-- select thing?$filter=rules/all(r:r/size lt 3 and r/name ne 'a')

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND (NOT EXISTS (SELECT 1 FROM json_each(json_extract(t0."$document", '$."rules"')) t1 WHERE NOT COALESCE((COALESCE(json_extract(t1.value, '$."size"') < ?, 0) AND (json_extract(t1.value, '$."name"') IS NOT ?)), 0)));
-- bound to 7, 3, 'a'

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND (NOT EXISTS (SELECT 1 FROM json_array_elements(muster_json(((muster_json((t0."$document")::text) #>> '{"rules"}') COLLATE "C"))) AS t1(value) WHERE NOT COALESCE((COALESCE(((muster_json((t1.value)::text) #>> '{"size"}'))::float8 < (?::float8), (1 = 0)) AND (((muster_json((t1.value)::text) #>> '{"name"}') COLLATE "C") IS DISTINCT FROM (?::text COLLATE "C"))), (1 = 0)) OFFSET 0));
-- bound to 7, 3, 'a'

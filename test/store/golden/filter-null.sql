-- select thing?$filter=name eq null and count ne null and not (checked eq true)

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND (((json_extract(t0."$document", '$."name"') IS NULL) AND (json_extract(t0."$document", '$."count"') IS NOT NULL)) AND (NOT (json_extract(t0."$document", '$."checked"') IS 1)));
-- bound to 7

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND (((((muster_json((t0."$document")::text) #>> '{"name"}') COLLATE "C") IS NOT DISTINCT FROM NULL) AND (((muster_json((t0."$document")::text) #>> '{"count"}'))::float8 IS DISTINCT FROM NULL)) AND (NOT (((muster_json((t0."$document")::text) #>> '{"checked"}'))::boolean IS NOT DISTINCT FROM true)));
-- bound to 7

-- select thing?$filter=id in ('0a000000-0000-4000-8000-00000000000a','0b000000-0000-4000-8000-00000000000b') and count in (1,2) and name in ('a',null)

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND (((t0."id" IN (?, ?)) AND (json_extract(t0."$document", '$."count"') IN (?, ?))) AND (json_extract(t0."$document", '$."name"') IN (?) OR (json_extract(t0."$document", '$."name"') IS NULL)));
-- bound to 7, x'0a00000000004000800000000000000a', x'0b00000000004000800000000000000b', 1, 2, 'a'

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND (((t0."id" IN ((?::uuid), (?::uuid))) AND (((muster_json((t0."$document")::text) #>> '{"count"}'))::float8 IN ((?::float8), (?::float8)))) AND (((muster_json((t0."$document")::text) #>> '{"name"}') COLLATE "C") IN ((?::text COLLATE "C")) OR (((muster_json((t0."$document")::text) #>> '{"name"}') COLLATE "C") IS NOT DISTINCT FROM NULL)));
-- bound to 7, '0a000000-0000-4000-8000-00000000000a', '0b000000-0000-4000-8000-00000000000b', 1, 2, 'a'

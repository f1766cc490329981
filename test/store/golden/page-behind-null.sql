-- select thing?$orderby=seen desc,count,id

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND t0."seen" IS NULL
AND json_extract(t0."$document", '$."count"') IS NULL
AND t0."id" > ?
ORDER BY t0."seen" DESC, json_extract(t0."$document", '$."count"'), t0."id"
LIMIT ? + 0;
-- bound to 7, x'0a00000000004000800000000000000a', 11

SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND t0."seen" IS NULL
AND json_extract(t0."$document", '$."count"') IS NOT NULL
ORDER BY t0."seen" DESC, json_extract(t0."$document", '$."count"'), t0."id"
LIMIT ? + 0;
-- bound to 7, 11

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."seen" IS NULL
AND ((muster_json((t0."$document")::text) #>> '{"count"}'))::float8 IS NULL
AND t0."id" > (?::uuid)
ORDER BY t0."seen" DESC NULLS LAST, ((muster_json((t0."$document")::text) #>> '{"count"}'))::float8 NULLS FIRST, t0."id"
LIMIT NULLIF((?::int8), -1);
-- bound to 7, '0a000000-0000-4000-8000-00000000000a', 11

SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."seen" IS NULL
AND ((muster_json((t0."$document")::text) #>> '{"count"}'))::float8 IS NOT NULL
ORDER BY t0."seen" DESC NULLS LAST, ((muster_json((t0."$document")::text) #>> '{"count"}'))::float8 NULLS FIRST, t0."id"
LIMIT NULLIF((?::int8), -1);
-- bound to 7, 11

-- select thing?$filter=matchesPattern(name,'^a.b$')

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND muster_matchespattern(json_extract(t0."$document", '$."name"'), ?);
-- bound to 7, '^a.b$'

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND ((((muster_json((t0."$document")::text) #>> '{"name"}') COLLATE "C"))::text ~ ((?::text COLLATE "C"))::text);
-- bound to 7, '***:^\u0061[^\n]\u0062$'

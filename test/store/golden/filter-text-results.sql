-- select thing?$filter=concat(tolower(trim(name)),toupper(title)) eq 'ab' and length(name) gt 2 and indexof(name,'a') eq 1 and substring(name,1,2) ne 'b'

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND (((muster_tolower(muster_trim(json_extract(t0."$document", '$."name"'))) || muster_toupper(t0."title")) = ? AND length(json_extract(t0."$document", '$."name"')) > ?) AND ((instr(json_extract(t0."$document", '$."name"'), ?) - 1) = ? AND (substr(json_extract(t0."$document", '$."name"'), (CASE WHEN ? <= -1 THEN min(max(CAST(length(json_extract(t0."$document", '$."name"')) + CAST(? AS INTEGER) AS INTEGER), 0), 2000000000) ELSE min(max(CAST(? AS INTEGER), 0), 2000000000) END + 1), min(max(CAST(? AS INTEGER), 0), 2000000000)) IS NOT ?)));
-- bound to 7, 'ab', 2, 'a', 1, 1, 1, 1, 2, 'b'

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND ((((muster_tolower(muster_trim(((muster_json((t0."$document")::text) #>> '{"name"}') COLLATE "C"))))::text || (muster_toupper(t0."title"))::text) = (?::text COLLATE "C") AND length(((muster_json((t0."$document")::text) #>> '{"name"}') COLLATE "C")) > (?::float8)) AND ((strpos(((muster_json((t0."$document")::text) #>> '{"name"}') COLLATE "C"), (?::text COLLATE "C")) - 1) = (?::float8) AND (substr((((muster_json((t0."$document")::text) #>> '{"name"}') COLLATE "C"))::text, (CASE WHEN ((?::float8))::float8 <= -1 THEN muster_characters(length((((muster_json((t0."$document")::text) #>> '{"name"}') COLLATE "C"))::text) + trunc(((?::float8))::float8)) ELSE muster_characters(((?::float8))::float8) END + 1), muster_characters(((?::float8))::float8)) IS DISTINCT FROM (?::text COLLATE "C"))));
-- bound to 7, 'ab', 2, 'a', 1, 1, 1, 1, 2, 'b'

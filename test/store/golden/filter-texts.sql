-- select thing?$filter=contains(name,'a') and startswith(title,'b') and not endswith(title,'c')

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND (((instr(json_extract(t0."$document", '$."name"'), ?) > 0) AND (substr(t0."title", 1, length(?)) = ?)) AND (NOT (substr(t0."title", length(t0."title") - length(?) + 1) = ? AND length(t0."title") >= length(?))));
-- bound to 7, 'a', 'b', 'b', 'c', 'c', 'c'

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND (((strpos(((muster_json((t0."$document")::text) #>> '{"name"}') COLLATE "C"), (?::text COLLATE "C")) > 0) AND starts_with(t0."title", (?::text COLLATE "C"))) AND (NOT (right(t0."title", length((?::text COLLATE "C"))) = (?::text COLLATE "C"))));
-- bound to 7, 'a', 'b', 'c', 'c'

-- select thing?$filter=tags/any(t:startswith(t,'a')) and rules/any()

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND ((EXISTS (SELECT 1 FROM json_each(json_extract(t0."$document", '$."tags"')) t1 WHERE (substr(t1.value, 1, length(?)) = ?))) AND (EXISTS (SELECT 1 FROM json_each(json_extract(t0."$document", '$."rules"')) t2)));
-- bound to 7, 'a', 'a'

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND ((EXISTS (SELECT 1 FROM json_array_elements(muster_json(((muster_json((t0."$document")::text) #>> '{"tags"}') COLLATE "C"))) AS t1(value) WHERE starts_with(((muster_json((t1.value)::text) #>> '{}') COLLATE "C"), (?::text COLLATE "C")))) AND (EXISTS (SELECT 1 FROM json_array_elements(muster_json(((muster_json((t0."$document")::text) #>> '{"rules"}') COLLATE "C"))) AS t2(value))));
-- bound to 7, 'a'

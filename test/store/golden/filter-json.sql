-- select thing?$filter=rule/name eq 'a' and rule/size gt 3 and rule/since lt 2020-01-01T00:00:00Z and rule/active and rule/color eq 'red'

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND (((json_extract(json_extract(t0."$document", '$."rule"'), '$."name"') = ? AND json_extract(json_extract(t0."$document", '$."rule"'), '$."size"') > ?) AND muster_ticks(json_extract(json_extract(t0."$document", '$."rule"'), '$."since"')) < ?) AND (json_extract(json_extract(t0."$document", '$."rule"'), '$."active"') AND CASE json_extract(json_extract(t0."$document", '$."rule"'), '$."color"') WHEN 'none' THEN 0 WHEN 'red' THEN 1 WHEN 'green' THEN 2 WHEN 'blue' THEN 4 END = 1));
-- bound to 7, 'a', 3, 637134336000000000

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND (((((muster_json((((muster_json((t0."$document")::text) #>> '{"rule"}') COLLATE "C"))::text) #>> '{"name"}') COLLATE "C") = (?::text COLLATE "C") AND ((muster_json((((muster_json((t0."$document")::text) #>> '{"rule"}') COLLATE "C"))::text) #>> '{"size"}'))::float8 > (?::float8)) AND muster_ticks(((muster_json((((muster_json((t0."$document")::text) #>> '{"rule"}') COLLATE "C"))::text) #>> '{"since"}') COLLATE "C")) < (?::int8)) AND (((muster_json((((muster_json((t0."$document")::text) #>> '{"rule"}') COLLATE "C"))::text) #>> '{"active"}'))::boolean AND ('{0,1,2,4}'::int4[])[array_position('{"none","red","green","blue"}'::text[], ((muster_json((((muster_json((t0."$document")::text) #>> '{"rule"}') COLLATE "C"))::text) #>> '{"color"}') COLLATE "C"))] = 1));
-- bound to 7, 'a', 3, 637134336000000000

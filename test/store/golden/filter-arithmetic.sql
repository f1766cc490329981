-- select thing?$filter=count add 1 gt total sub 2 and count mul 2 lt 10 and total div 3 eq 1 and count mod 2 eq -1 and -count lt ratio

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND ((((CAST(json_extract(t0."$document", '$."count"') AS REAL) + CAST(? AS REAL)) > (CAST(json_extract(t0."$document", '$."total"') AS REAL) - CAST(? AS REAL)) AND (CAST(json_extract(t0."$document", '$."count"') AS REAL) * CAST(? AS REAL)) < ?) AND trunc(CAST(json_extract(t0."$document", '$."total"') AS REAL) / CAST(? AS REAL)) = ?) AND (mod(CAST(json_extract(t0."$document", '$."count"') AS REAL), CAST(? AS REAL)) = ? AND (-CAST(json_extract(t0."$document", '$."count"') AS REAL)) < t0."ratio"));
-- bound to 7, 1, 2, 2, 10, 3, 1, 2, -1

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND (((muster_add((((muster_json((t0."$document")::text) #>> '{"count"}'))::float8)::float8, ((?::float8))::float8) > muster_sub((((muster_json((t0."$document")::text) #>> '{"total"}'))::float8)::float8, ((?::float8))::float8) AND muster_mul((((muster_json((t0."$document")::text) #>> '{"count"}'))::float8)::float8, ((?::float8))::float8) < (?::float8)) AND trunc(muster_div((((muster_json((t0."$document")::text) #>> '{"total"}'))::float8)::float8, ((?::float8))::float8)) = (?::float8)) AND (muster_mod((((muster_json((t0."$document")::text) #>> '{"count"}'))::float8)::float8, ((?::float8))::float8) = (?::float8) AND (- (((muster_json((t0."$document")::text) #>> '{"count"}'))::float8)::float8) < t0."ratio"));
-- bound to 7, 1, 2, 2, 10, 3, 1, 2, -1

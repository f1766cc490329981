-- select thing?$filter=round(ratio) eq 2 and floor(ratio) lt 3 and ceiling(count) ge 1

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND ((muster_round(t0."ratio") = ? AND floor(t0."ratio") < ?) AND ceil(json_extract(t0."$document", '$."count"')) >= ?);
-- bound to 7, 2, 3, 1

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND ((muster_round(t0."ratio") = (?::float8) AND floor((t0."ratio")::float8) < (?::float8)) AND ceil((((muster_json((t0."$document")::text) #>> '{"count"}'))::float8)::float8) >= (?::float8));
-- bound to 7, 2, 3, 1

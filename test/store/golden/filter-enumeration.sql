-- select thing?$filter=color eq 'red' and color gt 'none' and color in ('red','green')

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND ((t0."color" = 1 AND t0."color" > 0) AND (t0."color" IN (1, 2)));
-- bound to 7

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND ((t0."color" = 1 AND t0."color" > 0) AND (t0."color" IN (1, 2)));
-- bound to 7

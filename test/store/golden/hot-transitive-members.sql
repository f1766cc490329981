-- select directoryObject?$orderby=id

-- SQLite
SELECT t0."id", t0."displayName", t0."sparseValues", t0."@type"
FROM "directoryObject" t0
WHERE t0."tenant_id" = ?
AND t0."id" IN (WITH RECURSIVE t2(id) AS (SELECT t1."id" FROM "groupMember" t1 WHERE t1."tenant_id" = ? AND t1."groupId" = ? UNION SELECT t3."id" FROM "groupMember" t3 JOIN t2 ON t3."tenant_id" = ? AND t3."groupId" = t2.id) SELECT id FROM t2)
ORDER BY t0."id"
LIMIT ? + 0;
-- bound to 7, 7, x'0a00000000004000800000000000000a', 7, 101
-- MERGE (UNION ALL)
-- LEFT
-- MERGE (UNION ALL)
-- LEFT
-- SEARCH device USING PRIMARY KEY (tenant_id=? AND id=?)
-- LIST SUBQUERY 3
-- MATERIALIZE t2
-- SETUP
-- SEARCH t1 USING PRIMARY KEY (tenant_id=? AND groupId=?)
-- RECURSIVE STEP
-- SCAN t2
-- SEARCH t3 USING PRIMARY KEY (tenant_id=? AND groupId=?)
-- SCAN t2
-- RIGHT
-- SEARCH group USING PRIMARY KEY (tenant_id=? AND id=?)
-- REUSE LIST SUBQUERY 3
-- RIGHT
-- SEARCH user USING PRIMARY KEY (tenant_id=? AND id=?)
-- REUSE LIST SUBQUERY 3

-- PostgreSQL
SELECT t0."id", t0."displayName", t0."sparseValues", t0."@type"
FROM "directoryObject" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."id" IN (WITH RECURSIVE t2(id) AS (SELECT t1."id" FROM "groupMember" t1 WHERE t1."tenant_id" = (?::int8) AND t1."groupId" = (?::uuid) UNION SELECT t3."id" FROM "groupMember" t3 JOIN t2 ON t3."tenant_id" = (?::int8) AND t3."groupId" = t2.id) SELECT id FROM t2)
ORDER BY t0."id"
LIMIT NULLIF((?::int8), -1);
-- bound to 7, 7, '0a000000-0000-4000-8000-00000000000a', 7, 101

-- select hardwareConfigurationDeviceState?$filter=configurationState eq 'fail'&$orderby=lastStateUpdateDateTime desc,id desc

-- SQLite
SELECT t0."$document", t0."policyId", t0."resetMark"
FROM "hardwareConfigurationDeviceState" t0
WHERE t0."tenant_id" = ?
AND t0."policyId" = ?
AND ((SELECT 1 FROM "hardwareConfiguration" t1 WHERE t1."tenant_id" = ? AND t1."id" = ?) = 1)
AND t0."configurationState" = 2
AND t0."lastStateUpdateDateTime" = ?
AND t0."id" < ?
ORDER BY t0."lastStateUpdateDateTime" DESC, t0."id" DESC
LIMIT ? + 0;
-- bound to 7, x'0a00000000004000800000000000000a', 7, x'0a00000000004000800000000000000a', 639028224000000000, x'0b00000000004000800000000000000b', 101
-- SEARCH t0 USING INDEX hardwareConfigurationDeviceState_policyId_configurationState_lastStateUpdateDateTime_id (tenant_id=? AND policyId=? AND configurationState=? AND lastStateUpdateDateTime=? AND id<?)
-- SCALAR SUBQUERY 1
-- SEARCH t1 USING PRIMARY KEY (tenant_id=? AND id=?)

SELECT t0."$document", t0."policyId", t0."resetMark"
FROM "hardwareConfigurationDeviceState" t0
WHERE t0."tenant_id" = ?
AND t0."policyId" = ?
AND ((SELECT 1 FROM "hardwareConfiguration" t1 WHERE t1."tenant_id" = ? AND t1."id" = ?) = 1)
AND t0."configurationState" = 2
AND t0."lastStateUpdateDateTime" < ?
ORDER BY t0."lastStateUpdateDateTime" DESC, t0."id" DESC
LIMIT ? + 0;
-- bound to 7, x'0a00000000004000800000000000000a', 7, x'0a00000000004000800000000000000a', 639028224000000000, 101
-- SEARCH t0 USING INDEX hardwareConfigurationDeviceState_policyId_configurationState_lastStateUpdateDateTime_id (tenant_id=? AND policyId=? AND configurationState=? AND lastStateUpdateDateTime<?)
-- SCALAR SUBQUERY 1
-- SEARCH t1 USING PRIMARY KEY (tenant_id=? AND id=?)

SELECT COALESCE(octet_length(t0."$document"), 0) AS muster_weight
FROM "hardwareConfigurationDeviceState" t0
WHERE t0."tenant_id" = ?
AND t0."policyId" = ?
AND ((SELECT 1 FROM "hardwareConfiguration" t1 WHERE t1."tenant_id" = ? AND t1."id" = ?) = 1)
AND t0."configurationState" = 2
AND t0."lastStateUpdateDateTime" = ?
AND t0."id" < ?
ORDER BY t0."lastStateUpdateDateTime" DESC, t0."id" DESC
LIMIT ? + 0;
-- bound to 7, x'0a00000000004000800000000000000a', 7, x'0a00000000004000800000000000000a', 639028224000000000, x'0b00000000004000800000000000000b', 101
-- SEARCH t0 USING INDEX hardwareConfigurationDeviceState_policyId_configurationState_lastStateUpdateDateTime_id (tenant_id=? AND policyId=? AND configurationState=? AND lastStateUpdateDateTime=? AND id<?)
-- SCALAR SUBQUERY 1
-- SEARCH t1 USING PRIMARY KEY (tenant_id=? AND id=?)

SELECT COALESCE(octet_length(t0."$document"), 0) AS muster_weight
FROM "hardwareConfigurationDeviceState" t0
WHERE t0."tenant_id" = ?
AND t0."policyId" = ?
AND ((SELECT 1 FROM "hardwareConfiguration" t1 WHERE t1."tenant_id" = ? AND t1."id" = ?) = 1)
AND t0."configurationState" = 2
AND t0."lastStateUpdateDateTime" < ?
ORDER BY t0."lastStateUpdateDateTime" DESC, t0."id" DESC
LIMIT ? + 0;
-- bound to 7, x'0a00000000004000800000000000000a', 7, x'0a00000000004000800000000000000a', 639028224000000000, 101
-- SEARCH t0 USING INDEX hardwareConfigurationDeviceState_policyId_configurationState_lastStateUpdateDateTime_id (tenant_id=? AND policyId=? AND configurationState=? AND lastStateUpdateDateTime<?)
-- SCALAR SUBQUERY 1
-- SEARCH t1 USING PRIMARY KEY (tenant_id=? AND id=?)

-- PostgreSQL
SELECT t0."$document", t0."policyId", t0."resetMark", COALESCE(octet_length(t0."$document"), 0) AS muster_weight
FROM "hardwareConfigurationDeviceState" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."policyId" = (?::uuid)
AND ((SELECT 1 FROM "hardwareConfiguration" t1 WHERE t1."tenant_id" = (?::int8) AND t1."id" = (?::uuid)) = 1)
AND t0."configurationState" = 2
AND t0."lastStateUpdateDateTime" = (?::int8)
AND t0."id" < (?::uuid)
ORDER BY t0."lastStateUpdateDateTime" DESC, t0."id" DESC
LIMIT NULLIF((?::int8), -1);
-- bound to 7, '0a000000-0000-4000-8000-00000000000a', 7, '0a000000-0000-4000-8000-00000000000a', 639028224000000000, '0b000000-0000-4000-8000-00000000000b', 101

SELECT t0."$document", t0."policyId", t0."resetMark", COALESCE(octet_length(t0."$document"), 0) AS muster_weight
FROM "hardwareConfigurationDeviceState" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."policyId" = (?::uuid)
AND ((SELECT 1 FROM "hardwareConfiguration" t1 WHERE t1."tenant_id" = (?::int8) AND t1."id" = (?::uuid)) = 1)
AND t0."configurationState" = 2
AND t0."lastStateUpdateDateTime" < (?::int8)
ORDER BY t0."lastStateUpdateDateTime" DESC, t0."id" DESC
LIMIT NULLIF((?::int8), -1);
-- bound to 7, '0a000000-0000-4000-8000-00000000000a', 7, '0a000000-0000-4000-8000-00000000000a', 639028224000000000, 101

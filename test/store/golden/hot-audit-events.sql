-- select auditEvent?$orderby=activityDateTime desc

-- SQLite
SELECT t0."id", t0."displayName", t0."componentName", t0."actor", t0."activity", t0."activityDateTime" / 10000000, t0."activityDateTime" % 10000000, t0."activityDateTime_form", t0."activityType", t0."activityOperationType", t0."activityResult", t0."correlationId", t0."resources", t0."category"
FROM "auditEvent" t0
WHERE t0."tenant_id" = ?
ORDER BY t0."activityDateTime" DESC, t0."id" DESC
LIMIT ? + 0;
-- bound to 7, 101
-- SEARCH t0 USING INDEX auditEvent_activityDateTime (tenant_id=?)

SELECT COALESCE(octet_length(t0."displayName"), 0) + COALESCE(octet_length(t0."componentName"), 0) + COALESCE(octet_length(t0."actor"), 0) + COALESCE(octet_length(t0."activity"), 0) + COALESCE(octet_length(t0."activityType"), 0) + COALESCE(octet_length(t0."activityOperationType"), 0) + COALESCE(octet_length(t0."activityResult"), 0) + COALESCE(octet_length(t0."resources"), 0) + COALESCE(octet_length(t0."category"), 0) AS muster_weight
FROM "auditEvent" t0
WHERE t0."tenant_id" = ?
ORDER BY t0."activityDateTime" DESC, t0."id" DESC
LIMIT ? + 0;
-- bound to 7, 101
-- SEARCH t0 USING INDEX auditEvent_activityDateTime (tenant_id=?)

-- PostgreSQL
SELECT t0."id", t0."displayName", t0."componentName", t0."actor", t0."activity", t0."activityDateTime" / 10000000, t0."activityDateTime" % 10000000, t0."activityDateTime_form", t0."activityType", t0."activityOperationType", t0."activityResult", t0."correlationId", t0."resources", t0."category", COALESCE(octet_length(t0."displayName"), 0) + COALESCE(octet_length(t0."componentName"), 0) + COALESCE(octet_length(t0."actor"), 0) + COALESCE(octet_length(t0."activity"), 0) + COALESCE(octet_length(t0."activityType"), 0) + COALESCE(octet_length(t0."activityOperationType"), 0) + COALESCE(octet_length(t0."activityResult"), 0) + COALESCE(octet_length(t0."resources"), 0) + COALESCE(octet_length(t0."category"), 0) AS muster_weight
FROM "auditEvent" t0
WHERE t0."tenant_id" = (?::int8)
ORDER BY t0."activityDateTime" DESC, t0."id" DESC
LIMIT NULLIF((?::int8), -1);
-- bound to 7, 101

"""The guard of the record knows the new states, what is purged is sealed, and past repeals get their row.

Nothing leads to 封存清除 but an order that two persons carried out, and nothing leads away from it.
"""

from django.db import migrations

GUARD_HEAD = r"""
CREATE OR REPLACE FUNCTION publication_record_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status IN ({kept}) OR OLD.published_at IS NOT NULL THEN
            RAISE EXCEPTION '公开过的内容不得删除,只能撤下(%, id %)。', TG_TABLE_NAME, OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.index_number <> '' AND NEW.index_number IS DISTINCT FROM OLD.index_number THEN
        RAISE EXCEPTION '索引号一经编定不得更改(%, id %)。', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.published_at IS NOT NULL AND (
        NEW.published_at IS DISTINCT FROM OLD.published_at
        OR NEW.published_on IS DISTINCT FROM OLD.published_on
    ) THEN
        RAISE EXCEPTION '首次公开时间一经记录不得更改(%, id %)。', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
"""
OFFLINE = r"""
    -- Nested: the columns are asked for only of a row that has them.
    IF OLD.status = 'offline' AND NEW.status <> 'offline' THEN
        IF NEW.status NOT IN ({ways_out}) THEN
            RAISE EXCEPTION '紧急下线的内容只能恢复公开或者转为撤下(%, id %)。', TG_TABLE_NAME, OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.status = 'published' AND (
            NEW.restored_by_id IS NULL OR NEW.restored_by_id = OLD.offline_by_id
        ) THEN
            RAISE EXCEPTION '紧急下线的内容须由另一位同事恢复(%, id %)。', TG_TABLE_NAME, OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
"""
PURGED = r"""
    IF OLD.status = 'purged' AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION '已封存清除的记录不得更改(%, id %)。', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = 'purged' AND OLD.status <> 'purged' AND NOT EXISTS (
        SELECT FROM disclosure_purge WHERE state = 'done' AND confirmed_by_id IS NOT NULL
            AND (disclosure_purge.place = CASE TG_TABLE_NAME
                WHEN 'disclosure_document' THEN 'document' ELSE 'interpretation' END)
            AND (object_id = OLD.id OR OLD.id = ANY(with_ids))
    ) THEN
        RAISE EXCEPTION '封存清除须由两人按决定办理(%, id %)。', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
"""
TAIL = r"""
    RETURN NEW;
END $$;
"""
FORWARD = (
    GUARD_HEAD.replace("{kept}", "'published', 'withdrawn', 'offline', 'applied', 'merged', 'purged'")
    + OFFLINE.replace("{ways_out}", "'published', 'withdrawn', 'purged'")
    + PURGED
    + TAIL
    + r"""
-- What is sealed stays as it is, and no purge is forgotten.
CREATE FUNCTION purge_seal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.state = 'done' AND NEW IS DISTINCT FROM OLD) THEN
        RAISE EXCEPTION '封存清除的记录不得删改(id %)。', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER purge_sealed BEFORE UPDATE OR DELETE ON disclosure_purge
    FOR EACH ROW EXECUTE FUNCTION purge_seal_guard();

-- What was repealed until now had its day in the document alone.
INSERT INTO disclosure_validitychange (document_id, kind, "on", cause_id, basis, revoked_reason)
    SELECT id, 'repealed', repealed_on, repealed_by_id, '', '' FROM disclosure_document
    WHERE repealed_on IS NOT NULL;
"""
)
BACKWARD = (
    "DROP TRIGGER purge_sealed ON disclosure_purge;\nDROP FUNCTION purge_seal_guard();\n"
    + GUARD_HEAD.replace("{kept}", "'published', 'withdrawn', 'offline'")
    + OFFLINE.replace("{ways_out}", "'published', 'withdrawn'")
    + TAIL
)


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0012_record")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

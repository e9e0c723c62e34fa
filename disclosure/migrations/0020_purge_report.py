"""What a purge removed is noted after the seal; the sealed columns stay as they are."""

from django.db import migrations

FORWARD = r"""
CREATE OR REPLACE FUNCTION purge_seal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sealed disclosure_purge;
BEGIN
    IF TG_OP <> 'DELETE' AND OLD.state = 'done' THEN
        sealed := NEW;
        IF OLD.removed = '{}'::jsonb THEN
            sealed.removed := OLD.removed;
            sealed.remnants := OLD.remnants;
        END IF;
    END IF;
    IF TG_OP = 'DELETE' OR (OLD.state = 'done' AND sealed IS DISTINCT FROM OLD) THEN
        RAISE EXCEPTION '封存清除的记录不得删改(id %)。', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""
BACKWARD = r"""
CREATE OR REPLACE FUNCTION purge_seal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.state = 'done' AND NEW IS DISTINCT FROM OLD) THEN
        RAISE EXCEPTION '封存清除的记录不得删改(id %)。', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0019_drafting_and_links")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""A re-check (复核) is written once; a sealed purge of its document may take the words of its reason.

Without that a document that was opened after a re-check could never be purged (条例 and ADR 32, ADR 35).
"""

from django.db import migrations

FORWARD = r"""
CREATE OR REPLACE FUNCTION recheck_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wordless disclosure_recheck;
BEGIN
    IF TG_OP = 'UPDATE' AND EXISTS (
        SELECT FROM disclosure_withholding JOIN disclosure_purge ON disclosure_purge.state = 'done'
            AND disclosure_purge.place = 'document'
            AND (object_id = document_id OR document_id = ANY(with_ids))
        WHERE disclosure_withholding.id = OLD.withholding_id
    ) THEN
        wordless := OLD;
        wordless.reason := NEW.reason;
        IF NEW.reason = '已清除' AND NEW IS NOT DISTINCT FROM wordless THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '复核记录一经写下不得更改(id %)。', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
BACKWARD = r"""
CREATE OR REPLACE FUNCTION recheck_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '复核记录一经写下不得更改(id %)。', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0020_purge_report")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

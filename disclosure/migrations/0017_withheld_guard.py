"""What is on file (备案) moves towards openness only, whoever writes.

A document whose filing is under way or done keeps the openness that its filing says, and ground and reason with
it; a filing never goes back, a re-check is written once (ADR 32).
"""

from django.db import migrations


FORWARD = r"""
-- From open to shut; of two the larger is the less open one.
CREATE FUNCTION openness_rank(openness text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE openness WHEN 'proactive' THEN 0 WHEN 'on_request' THEN 1 WHEN 'withheld' THEN 2 ELSE 3 END
$$;

CREATE FUNCTION withheld_document_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    filing record;
BEGIN
    SELECT state, openness INTO filing FROM disclosure_withholding WHERE document_id = OLD.id;
    IF NOT FOUND OR filing.state IN ('returned', 'recalled') THEN
        RETURN NEW;
    END IF;
    IF NEW.openness <> filing.openness THEN
        RAISE EXCEPTION '已报备案的文件,公开属性只能随备案和复核变动(id %)。', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF filing.state <> 'lifted' AND (
        NEW.openness_ground <> OLD.openness_ground OR NEW.openness_reason <> OLD.openness_reason
    ) THEN
        RAISE EXCEPTION '已报备案的文件,依据和理由不得更改(id %)。', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER withheld_document_guard BEFORE UPDATE OF openness, openness_ground, openness_reason
    ON disclosure_document FOR EACH ROW EXECUTE FUNCTION withheld_document_guard();

CREATE FUNCTION withholding_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state IN ('filed', 'lifted') THEN
            RAISE EXCEPTION '已备案的记录不得删除(id %)。', OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF NEW.document_id <> OLD.document_id THEN
        RAISE EXCEPTION '备案不得改到另一份文件上(id %)。', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state IN ('filed', 'lifted') AND (
        NEW.state NOT IN ('filed', 'lifted')
        OR (OLD.state = 'lifted' AND NEW.state <> 'lifted')
        OR openness_rank(NEW.openness) > openness_rank(OLD.openness)
        OR NEW.filed_at <> OLD.filed_at
        OR NEW.filed_by_id <> OLD.filed_by_id
        OR NEW.filed_openness <> OLD.filed_openness
    ) THEN
        RAISE EXCEPTION '已备案的记录只能向公开的方向调整(id %)。', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER withholding_guard BEFORE UPDATE OR DELETE ON disclosure_withholding
    FOR EACH ROW EXECUTE FUNCTION withholding_guard();

CREATE FUNCTION recheck_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '复核记录一经写下不得更改(id %)。', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER recheck_guard BEFORE UPDATE OR DELETE ON disclosure_recheck
    FOR EACH ROW EXECUTE FUNCTION recheck_guard();
"""
BACKWARD = """
DROP TRIGGER recheck_guard ON disclosure_recheck;
DROP TRIGGER withholding_guard ON disclosure_withholding;
DROP TRIGGER withheld_document_guard ON disclosure_document;
DROP FUNCTION recheck_guard();
DROP FUNCTION withholding_guard();
DROP FUNCTION withheld_document_guard();
DROP FUNCTION openness_rank(text);
"""


class Migration(migrations.Migration):

    dependencies = [("disclosure", "0016_registers")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

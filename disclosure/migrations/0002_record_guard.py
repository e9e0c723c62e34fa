"""The public record is write-once, in the database itself, so that raw SQL and bulk writes obey too.

An index number and a time of first publication, once set, never change (DOMAIN §4.2, §4.4: a forged
publication date fails the whole site, 国办秘函〔2019〕19号); what was public is never deleted in the ordinary
course. A statement that tries is refused with integrity_constraint_violation.
"""

from django.db import migrations

FORWARD = r"""
CREATE FUNCTION publication_record_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status IN ('published', 'withdrawn') OR OLD.published_at IS NOT NULL THEN
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
    RETURN NEW;
END $$;

CREATE TRIGGER document_record_guard BEFORE UPDATE OR DELETE ON disclosure_document
    FOR EACH ROW EXECUTE FUNCTION publication_record_guard();

CREATE FUNCTION index_series_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.last < OLD.last THEN
        RAISE EXCEPTION '索引号序列只增不减(id %)。', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER index_series_never_back BEFORE UPDATE OR DELETE ON disclosure_indexseries
    FOR EACH ROW EXECUTE FUNCTION index_series_guard();
"""

BACKWARD = """
DROP TRIGGER index_series_never_back ON disclosure_indexseries;
DROP FUNCTION index_series_guard();
DROP TRIGGER document_record_guard ON disclosure_document;
DROP FUNCTION publication_record_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

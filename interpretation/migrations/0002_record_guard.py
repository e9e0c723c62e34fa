"""The same guard of the public record as for documents (`disclosure/0002_record_guard`)."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER interpretation_record_guard BEFORE UPDATE OR DELETE ON interpretation_interpretation
    FOR EACH ROW EXECUTE FUNCTION publication_record_guard();
"""
BACKWARD = "DROP TRIGGER interpretation_record_guard ON interpretation_interpretation;"


class Migration(migrations.Migration):
    dependencies = [("interpretation", "0001_initial"), ("disclosure", "0002_record_guard")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

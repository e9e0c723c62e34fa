"""The day from which a document is in force (施行日期), beside the days that end or amend it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0003_record")]

    operations = [
        migrations.AddField("entry", "effective_on", models.DateField(null=True)),
        # Only what is to come reads differently: a day that has passed says nothing more.
        migrations.RunSQL(
            "INSERT INTO search_outbox (place, source_pk, version) "
            "SELECT 'document', id, nextval('search_version') FROM disclosure_document "
            "WHERE status = 'published' AND effective_on > CURRENT_DATE - 2",
            migrations.RunSQL.noop,
        ),
    ]

"""The days from which another validity holds, beside the one that was said: reckoned at every reading."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('search', '0002_triggers'),
        ('disclosure', '0012_record'),
    ]

    operations = [
        migrations.AddField(
            model_name='entry',
            name='amended_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='entry',
            name='expires_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='entry',
            name='lapsed_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='entry',
            name='repealed_on',
            field=models.DateField(null=True),
        ),
        migrations.RunSQL(
            "INSERT INTO search_outbox (place, source_pk, version) "
            "SELECT 'document', id, nextval('search_version') FROM disclosure_document "
            "WHERE status = 'published' AND (expires_on IS NOT NULL OR repealed_on IS NOT NULL)",
            migrations.RunSQL.noop,
        ),
    ]

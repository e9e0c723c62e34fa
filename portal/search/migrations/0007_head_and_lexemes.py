"""What weighs most of an entry in a small column of its own, and how many entries have a word."""

import django.contrib.postgres.search
from django.db import migrations, models

_HIDE = """
CREATE OR REPLACE FUNCTION search_hide(p_place text, p_pk bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_entry
        (key, place, source_pk, kind, title, title_folded, body, url, public_id, source_id, doc_number,
         index_number, numbers, agency_path, topic, fields, validity, hidden, version)
    VALUES (p_place || ':' || p_pk, p_place, p_pk, '', '', '', '', '', '', '', '', '', '{}', '', '', '{}', '',
            true, nextval('search_version'))
    ON CONFLICT (key) DO UPDATE SET
        hidden = true, version = EXCLUDED.version, title = '', title_folded = '', body = '', tokens = NULL,
        HEAD
        numbers = '{}', doc_number = '', index_number = '';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0006_synonyms_version")]

    operations = [
        migrations.AddField(
            "entry", "head", django.contrib.postgres.search.SearchVectorField(null=True)
        ),
        migrations.CreateModel(
            "Lexeme",
            [
                ("lexeme", models.TextField(primary_key=True, serialize=False)),
                ("entries", models.PositiveIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["lexeme"], name="search_lexeme_begin", opclasses=["text_pattern_ops"]
                    )
                ]
            },
        ),
        migrations.RunSQL(_HIDE.replace("HEAD", "head = NULL,"), _HIDE.replace("HEAD", "")),
    ]

"""Another number in `search_tableversion` with every write to the synonyms, bulk writes and raw SQL included."""

from django.db import migrations

_FORWARDS = """
CREATE FUNCTION search_synonyms_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_tableversion (name, version) VALUES ('synonyms', nextval('search_version'))
    ON CONFLICT (name) DO UPDATE SET version = nextval('search_version');
    RETURN NULL;
END
$$;
CREATE TRIGGER search_synonyms_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON search_synonym
    FOR EACH STATEMENT EXECUTE FUNCTION search_synonyms_changed();
"""
_BACKWARDS = """
DROP TRIGGER search_synonyms_changed ON search_synonym;
DROP FUNCTION search_synonyms_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0005_learning")]

    operations = [migrations.RunSQL(_FORWARDS, _BACKWARDS)]

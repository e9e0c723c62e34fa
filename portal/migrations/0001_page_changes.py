"""A line with every write to something that a page of the record shows, bulk writes and raw SQL included.

Lines are only added: a writer waits for no other, and a line is seen when its write is, not before. Their sum
therefore is another one after each write that stands (`portal/unchanged.py`). The numbers are drawn, so that
a database that was put back from a copy does not come to an old sum by another way.
"""

from django.db import migrations

#: What `tests/portal/test_unchanged.py` finds in the queries of the pages, but for papers and interpretations.
PARTS = (
    "agencies_agency catalog_basis catalog_field catalog_item catalog_law disclosure_attachment "
    "disclosure_correction disclosure_document_fields disclosure_document_items disclosure_draftingnote "
    "disclosure_lawtext disclosure_topic disclosure_validitychange interpretation_attachment "
    "interpretation_correction interpretation_interpretation_documents"
).split()
#: Of these a draft that is written does not count: most writes of a day are such.
PAPERS = ("disclosure_document", "interpretation_interpretation")

FORWARD = """
CREATE TABLE page_change (number numeric NOT NULL);

CREATE FUNCTION page_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO page_change VALUES (trunc(random() * 9e15));
    RETURN NULL;
END $$;

CREATE FUNCTION page_changed_in_public() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched boolean := false;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT EXISTS (SELECT FROM was WHERE status = 'published') INTO touched;
    END IF;
    IF TG_OP <> 'DELETE' AND NOT touched THEN
        SELECT EXISTS (SELECT FROM became WHERE status = 'published') INTO touched;
    END IF;
    IF touched THEN
        INSERT INTO page_change VALUES (trunc(random() * 9e15));
    END IF;
    RETURN NULL;
END $$;
"""
ROWS = {
    "insert": "REFERENCING NEW TABLE AS became",
    "update": "REFERENCING OLD TABLE AS was NEW TABLE AS became",
    "delete": "REFERENCING OLD TABLE AS was",
}
for table in PARTS:
    FORWARD += (
        f"CREATE TRIGGER page_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION page_changed();\n"
    )
for table in PAPERS:
    FORWARD += (
        f"CREATE TRIGGER page_changed AFTER TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION page_changed();\n"
    )
    for event, rows in ROWS.items():
        FORWARD += (
            f"CREATE TRIGGER page_changed_{event} AFTER {event.upper()} ON {table} {rows}"
            " FOR EACH STATEMENT EXECUTE FUNCTION page_changed_in_public();\n"
        )
BACKWARD = "".join(
    [
        *(f"DROP TRIGGER page_changed ON {table};\n" for table in (*PARTS, *PAPERS)),
        *(f"DROP TRIGGER page_changed_{event} ON {table};\n" for table in PAPERS for event in ROWS),
        "DROP FUNCTION page_changed();\nDROP FUNCTION page_changed_in_public();\nDROP TABLE page_change;\n",
    ]
)


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("agencies", "0004_signing_pin"),
        ("catalog", "0005_adjustment_layouts"),
        ("disclosure", "0022_closed_versions"),
        ("interpretation", "0013_closed_versions"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

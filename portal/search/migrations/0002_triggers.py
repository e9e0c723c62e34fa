"""Triggers that keep the index in step: bulk writes and raw SQL included (DESIGN, Search).

A row that leaves the public state hides its entry in the writer's own transaction; everything else goes to
the outbox. The predicates here repeat `.published()` of each room; `tests/portal/test_search_index.py` holds
the two against each other.
"""

from django.db import migrations

FORWARD = r"""
CREATE SEQUENCE search_version;

CREATE FUNCTION search_enqueue(p_place text, p_pk bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_outbox (place, source_pk, version) VALUES (p_place, p_pk, nextval('search_version'));
END $$;

-- A stub is left even where no entry stood: an indexer that read the row before it was hidden finds the
-- stub's higher version and gives way.
CREATE FUNCTION search_hide(p_place text, p_pk bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_entry
        (key, place, source_pk, kind, title, title_folded, body, url, public_id, source_id, doc_number,
         index_number, numbers, agency_path, topic, fields, validity, hidden, version)
    VALUES (p_place || ':' || p_pk, p_place, p_pk, '', '', '', '', '', '', '', '', '', '{}', '', '', '{}', '',
            true, nextval('search_version'))
    ON CONFLICT (key) DO UPDATE SET
        hidden = true, version = EXCLUDED.version, title = '', title_folded = '', body = '', tokens = NULL,
        numbers = '{}', doc_number = '', index_number = '';
END $$;

CREATE FUNCTION search_follow(p_place text, p_pk bigint, was boolean, is_public boolean)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF is_public THEN
        PERFORM search_enqueue(p_place, p_pk);
    ELSIF was THEN
        PERFORM search_hide(p_place, p_pk);
    END IF;
END $$;

CREATE FUNCTION search_on_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_follow('document', COALESCE(NEW.id, OLD.id),
        TG_OP <> 'INSERT' AND OLD.status = 'published' AND OLD.openness = 'proactive',
        TG_OP <> 'DELETE' AND NEW.status = 'published' AND NEW.openness = 'proactive');
    -- An interpretation bears the topic of what it explains.
    IF TG_OP = 'UPDATE' AND OLD.topic_id IS DISTINCT FROM NEW.topic_id THEN
        PERFORM search_enqueue('interpretation', interpretation_id)
            FROM interpretation_interpretation_documents WHERE document_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION search_on_interpretation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_follow('interpretation', COALESCE(NEW.id, OLD.id),
        TG_OP <> 'INSERT' AND OLD.status = 'published', TG_OP <> 'DELETE' AND NEW.status = 'published');
    RETURN NULL;
END $$;

CREATE FUNCTION search_on_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_follow('item', COALESCE(NEW.id, OLD.id),
        TG_OP <> 'INSERT' AND OLD.retired_on IS NULL,
        TG_OP <> 'DELETE' AND NEW.retired_on IS NULL AND EXISTS (
            SELECT FROM agencies_agency WHERE id = NEW.agency_id AND active_to IS NULL));
    -- A document bears the fields of its items.
    IF TG_OP = 'UPDATE' AND OLD.field_id <> NEW.field_id THEN
        PERFORM search_enqueue('document', document_id) FROM disclosure_document_items
            WHERE item_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION search_on_agency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_follow('agency', COALESCE(NEW.id, OLD.id),
        TG_OP <> 'INSERT' AND OLD.active_to IS NULL, TG_OP <> 'DELETE' AND NEW.active_to IS NULL);
    IF TG_OP = 'UPDATE' AND (OLD.active_to IS NULL) <> (NEW.active_to IS NULL) THEN
        PERFORM search_follow('item', id, OLD.active_to IS NULL, NEW.active_to IS NULL)
            FROM catalog_item WHERE agency_id = NEW.id AND retired_on IS NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.path <> NEW.path OR OLD.name <> NEW.name) THEN
        PERFORM search_enqueue(place, source_pk) FROM search_entry
            WHERE agency_id = NEW.id AND NOT hidden AND place <> 'agency';
    END IF;
    RETURN NULL;
END $$;

-- Rows that hang on a thing: their change writes the thing's entry anew.
CREATE FUNCTION search_on_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE owner bigint;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        EXECUTE format('SELECT ($1).%I', TG_ARGV[1]) USING OLD INTO owner;
        PERFORM search_enqueue(TG_ARGV[0], owner);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format('SELECT ($1).%I', TG_ARGV[1]) USING NEW INTO owner;
        PERFORM search_enqueue(TG_ARGV[0], owner);
    END IF;
    RETURN NULL;
END $$;

-- The fields of a document are those of its interpretations too.
CREATE FUNCTION search_on_document_field() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_enqueue('document', id) FROM disclosure_document
        WHERE id IN (NEW.document_id, OLD.document_id);
    PERFORM search_enqueue('interpretation', interpretation_id) FROM interpretation_interpretation_documents
        WHERE document_id IN (NEW.document_id, OLD.document_id);
    RETURN NULL;
END $$;

CREATE FUNCTION search_on_field() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.name <> NEW.name OR OLD.slug <> NEW.slug THEN
        PERFORM search_enqueue('item', id) FROM catalog_item WHERE field_id = NEW.id AND retired_on IS NULL;
    END IF;
    IF OLD.slug <> NEW.slug THEN
        PERFORM search_enqueue(place, source_pk) FROM search_entry
            WHERE OLD.slug = ANY(fields) AND NOT hidden AND place <> 'item';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION search_on_field_alias() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_enqueue('item', id) FROM catalog_item
        WHERE field_id IN (NEW.field_id, OLD.field_id) AND retired_on IS NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION search_on_topic() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.name <> NEW.name OR OLD.parent_id IS DISTINCT FROM NEW.parent_id THEN
        PERFORM search_enqueue('document', document.id) FROM disclosure_document AS document
            JOIN disclosure_topic AS topic ON topic.id = document.topic_id
            WHERE document.status = 'published' AND NEW.id IN (topic.id, topic.parent_id);
        PERFORM search_enqueue('interpretation', thing.id) FROM interpretation_interpretation AS thing
            WHERE thing.status = 'published' AND EXISTS (
                SELECT FROM disclosure_topic AS topic
                LEFT JOIN interpretation_interpretation_documents AS link ON link.interpretation_id = thing.id
                LEFT JOIN disclosure_document AS document ON document.id = link.document_id
                WHERE topic.id IN (thing.topic_id, document.topic_id)
                    AND NEW.id IN (topic.id, topic.parent_id));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER search_follow AFTER INSERT OR UPDATE OR DELETE ON disclosure_document
    FOR EACH ROW EXECUTE FUNCTION search_on_document();
CREATE TRIGGER search_follow AFTER INSERT OR UPDATE OR DELETE ON interpretation_interpretation
    FOR EACH ROW EXECUTE FUNCTION search_on_interpretation();
CREATE TRIGGER search_follow AFTER INSERT OR UPDATE OR DELETE ON catalog_item
    FOR EACH ROW EXECUTE FUNCTION search_on_item();
CREATE TRIGGER search_follow AFTER INSERT OR UPDATE OR DELETE ON agencies_agency
    FOR EACH ROW EXECUTE FUNCTION search_on_agency();
CREATE TRIGGER search_follow AFTER INSERT OR UPDATE OR DELETE ON disclosure_attachment
    FOR EACH ROW EXECUTE FUNCTION search_on_part('document', 'document_id');
CREATE TRIGGER search_follow AFTER INSERT OR UPDATE OR DELETE ON disclosure_document_fields
    FOR EACH ROW EXECUTE FUNCTION search_on_document_field();
CREATE TRIGGER search_follow AFTER INSERT OR UPDATE OR DELETE ON disclosure_document_items
    FOR EACH ROW EXECUTE FUNCTION search_on_part('document', 'document_id');
CREATE TRIGGER search_follow AFTER INSERT OR UPDATE OR DELETE ON interpretation_interpretation_documents
    FOR EACH ROW EXECUTE FUNCTION search_on_part('interpretation', 'interpretation_id');
CREATE TRIGGER search_follow AFTER INSERT OR UPDATE OR DELETE ON agencies_formername
    FOR EACH ROW EXECUTE FUNCTION search_on_part('agency', 'agency_id');
CREATE TRIGGER search_follow AFTER UPDATE ON catalog_field
    FOR EACH ROW EXECUTE FUNCTION search_on_field();
CREATE TRIGGER search_follow AFTER INSERT OR UPDATE OR DELETE ON catalog_fieldalias
    FOR EACH ROW EXECUTE FUNCTION search_on_field_alias();
CREATE TRIGGER search_follow AFTER UPDATE ON disclosure_topic
    FOR EACH ROW EXECUTE FUNCTION search_on_topic();
"""

TABLES = (
    "disclosure_document interpretation_interpretation catalog_item agencies_agency disclosure_attachment "
    "disclosure_document_fields disclosure_document_items interpretation_interpretation_documents "
    "agencies_formername catalog_field catalog_fieldalias disclosure_topic"
).split()
FUNCTIONS = (
    "search_on_document() search_on_interpretation() search_on_item() search_on_agency() search_on_part() "
    "search_on_document_field() search_on_field() search_on_field_alias() search_on_topic() "
    "search_follow(text,bigint,boolean,boolean) search_hide(text,bigint) "
    "search_enqueue(text,bigint)"
).split()
BACKWARD = (
    "".join(f"DROP TRIGGER search_follow ON {table};\n" for table in TABLES)
    + "".join(f"DROP FUNCTION {function};\n" for function in FUNCTIONS)
    + "DROP SEQUENCE search_version;"
)


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0001_initial"),
        ("agencies", "0001_initial"),
        ("catalog", "0001_initial"),
        ("disclosure", "0001_initial"),
        ("interpretation", "0001_initial"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

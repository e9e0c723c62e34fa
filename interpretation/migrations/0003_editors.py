"""Who wrote into a draft may not approve it (ADR 7): `editor_ids`, and a constraint over it.

What is on its way to a reviewer gets its writers out of the history; what is public keeps its approval.
"""

import django.contrib.postgres.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


FROM_HISTORY = """
UPDATE interpretation_interpretation AS thing SET editor_ids = writers.pks
FROM (
    SELECT event.id, array_agg(DISTINCT (context.metadata->>'user')::bigint) AS pks
    FROM (
        SELECT pgh_context_id, id FROM interpretation_interpretationevent
        UNION ALL SELECT pgh_context_id, interpretation_id FROM interpretation_attachmentevent
    ) AS event
    JOIN pghistory_context AS context ON context.id = event.pgh_context_id
    WHERE context.metadata->>'user' IS NOT NULL AND context.metadata->>'action' IN
        ('create', 'update', 'add_attachment', 'rename_attachment', 'remove_attachment')
    GROUP BY event.id
) AS writers
WHERE writers.id = thing.id AND thing.status IN ('draft', 'submitted') AND thing.approved_by_id IS NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0002_failed_login'),
        ('disclosure', '0003_editors'),
        ('interpretation', '0002_record_guard'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='interpretation',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='interpretation',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='interpretation',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='interpretation',
            name='editor_ids',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, editable=False, size=None, verbose_name='改过内容的人'),
        ),
        migrations.AddField(
            model_name='interpretationevent',
            name='editor_ids',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, editable=False, size=None, verbose_name='改过内容的人'),
        ),
        migrations.AlterField(
            model_name='attachment',
            name='size',
            field=models.PositiveBigIntegerField(default=0, editable=False, verbose_name='大小（字节）'),
        ),
        migrations.AlterField(
            model_name='attachmentevent',
            name='size',
            field=models.PositiveBigIntegerField(default=0, editable=False, verbose_name='大小（字节）'),
        ),
        migrations.AlterField(
            model_name='interpretation',
            name='topic_text',
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name='主题分类（原文）'),
        ),
        migrations.AlterField(
            model_name='interpretation',
            name='withdrawn_reason',
            field=models.CharField(blank=True, editable=False, max_length=300, verbose_name='撤下原因（对外显示）'),
        ),
        migrations.AlterField(
            model_name='interpretationevent',
            name='topic_text',
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name='主题分类（原文）'),
        ),
        migrations.AlterField(
            model_name='interpretationevent',
            name='withdrawn_reason',
            field=models.CharField(blank=True, editable=False, max_length=300, verbose_name='撤下原因（对外显示）'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interpretation',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "interpretation_interpretationevent" ("agency_id", "approved_at", "approved_by_id", "body", "contact", "created_at", "created_by_id", "doc_number", "editor_ids", "forms", "id", "index_number", "interpreter", "issuer", "keywords", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "published_on", "remarks", "source_id", "source_url", "status", "submitted_at", "submitted_by_id", "summary", "title", "topic_id", "topic_text", "updated_at", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason", "written_on") VALUES (NEW."agency_id", NEW."approved_at", NEW."approved_by_id", NEW."body", NEW."contact", NEW."created_at", NEW."created_by_id", NEW."doc_number", NEW."editor_ids", NEW."forms", NEW."id", NEW."index_number", NEW."interpreter", NEW."issuer", NEW."keywords", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."published_at", NEW."published_on", NEW."remarks", NEW."source_id", NEW."source_url", NEW."status", NEW."submitted_at", NEW."submitted_by_id", NEW."summary", NEW."title", NEW."topic_id", NEW."topic_text", NEW."updated_at", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_reason", NEW."written_on"); RETURN NULL;', hash='b35a316b501b624851df78274c7fbea1c9851c74', operation='INSERT', pgid='pgtrigger_insert_insert_10a63', table='interpretation_interpretation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interpretation',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "interpretation_interpretationevent" ("agency_id", "approved_at", "approved_by_id", "body", "contact", "created_at", "created_by_id", "doc_number", "editor_ids", "forms", "id", "index_number", "interpreter", "issuer", "keywords", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "published_on", "remarks", "source_id", "source_url", "status", "submitted_at", "submitted_by_id", "summary", "title", "topic_id", "topic_text", "updated_at", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason", "written_on") VALUES (NEW."agency_id", NEW."approved_at", NEW."approved_by_id", NEW."body", NEW."contact", NEW."created_at", NEW."created_by_id", NEW."doc_number", NEW."editor_ids", NEW."forms", NEW."id", NEW."index_number", NEW."interpreter", NEW."issuer", NEW."keywords", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."published_at", NEW."published_on", NEW."remarks", NEW."source_id", NEW."source_url", NEW."status", NEW."submitted_at", NEW."submitted_by_id", NEW."summary", NEW."title", NEW."topic_id", NEW."topic_text", NEW."updated_at", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_reason", NEW."written_on"); RETURN NULL;', hash='780a1e446c2a46043fde4a235b807a5f43d01ac5', operation='UPDATE', pgid='pgtrigger_update_update_da7e6', table='interpretation_interpretation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interpretation',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "interpretation_interpretationevent" ("agency_id", "approved_at", "approved_by_id", "body", "contact", "created_at", "created_by_id", "doc_number", "editor_ids", "forms", "id", "index_number", "interpreter", "issuer", "keywords", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "published_on", "remarks", "source_id", "source_url", "status", "submitted_at", "submitted_by_id", "summary", "title", "topic_id", "topic_text", "updated_at", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason", "written_on") VALUES (OLD."agency_id", OLD."approved_at", OLD."approved_by_id", OLD."body", OLD."contact", OLD."created_at", OLD."created_by_id", OLD."doc_number", OLD."editor_ids", OLD."forms", OLD."id", OLD."index_number", OLD."interpreter", OLD."issuer", OLD."keywords", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."published_at", OLD."published_on", OLD."remarks", OLD."source_id", OLD."source_url", OLD."status", OLD."submitted_at", OLD."submitted_by_id", OLD."summary", OLD."title", OLD."topic_id", OLD."topic_text", OLD."updated_at", OLD."withdrawn_at", OLD."withdrawn_by_id", OLD."withdrawn_reason", OLD."written_on"); RETURN NULL;', hash='2577a43cb0307a4a87a663d8fc45d39b659deabf', operation='DELETE', pgid='pgtrigger_delete_delete_57677', table='interpretation_interpretation', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='interpretation',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('editor_ids__contains', [models.F('approved_by')]), _negated=True), _connector='OR'), name='interpretation_approver_wrote_nothing', violation_error_message='改过内容的人不能审核它，请由另一位同事审核。'),
        ),
        migrations.AlterConstraint(
            model_name='interpretation',
            name='interpretation_two_pairs_of_eyes',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(models.Q(('submitted_by__isnull', True), models.Q(('approved_by', models.F('submitted_by')), _negated=True), _connector='OR'), models.Q(('created_by__isnull', True), models.Q(('approved_by', models.F('created_by')), _negated=True), _connector='OR')), _connector='OR'), name='interpretation_two_pairs_of_eyes', violation_error_message='起草人、提交人不能审核自己的内容，请由另一位同事审核。'),
        ),
        migrations.RunSQL(FROM_HISTORY, migrations.RunSQL.noop),
    ]

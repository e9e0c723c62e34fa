"""Who wrote into a draft may not approve it (ADR 7): `editor_ids`, and a constraint over it.

What is on its way to a reviewer gets its writers out of the history; what is public keeps its approval.
"""

import django.contrib.postgres.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


FROM_HISTORY = """
UPDATE disclosure_document AS thing SET editor_ids = writers.pks
FROM (
    SELECT event.id, array_agg(DISTINCT (context.metadata->>'user')::bigint) AS pks
    FROM (
        SELECT pgh_context_id, id FROM disclosure_documentevent
        UNION ALL SELECT pgh_context_id, document_id FROM disclosure_attachmentevent
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
        ('catalog', '0001_initial'),
        ('disclosure', '0002_record_guard'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='document',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='document',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='document',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='document',
            name='editor_ids',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, editable=False, size=None, verbose_name='改过内容的人'),
        ),
        migrations.AddField(
            model_name='documentevent',
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
            model_name='document',
            name='is_policy',
            field=models.BooleanField(default=False, verbose_name='政策文件（须同步解读）'),
        ),
        migrations.AlterField(
            model_name='document',
            name='openness_ground',
            field=models.CharField(blank=True, choices=[('E14a', '国家秘密（条例第十四条）'), ('E14b', '法律、行政法规禁止公开（条例第十四条）'), ('E14c', '危及国家安全、公共安全、经济安全、社会稳定（条例第十四条）'), ('E15', '商业秘密、个人隐私等第三方合法权益（条例第十五条）'), ('E16a', '内部事务信息（条例第十六条）'), ('E16b', '过程性信息（条例第十六条）'), ('E16c', '行政执法案卷信息（条例第十六条）')], max_length=6, verbose_name='不主动公开的依据'),
        ),
        migrations.AlterField(
            model_name='document',
            name='topic_text',
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name='主题分类（原文）'),
        ),
        migrations.AlterField(
            model_name='document',
            name='withdrawn_reason',
            field=models.CharField(blank=True, editable=False, max_length=300, verbose_name='撤下原因（对外显示）'),
        ),
        migrations.AlterField(
            model_name='documentevent',
            name='is_policy',
            field=models.BooleanField(default=False, verbose_name='政策文件（须同步解读）'),
        ),
        migrations.AlterField(
            model_name='documentevent',
            name='openness_ground',
            field=models.CharField(blank=True, choices=[('E14a', '国家秘密（条例第十四条）'), ('E14b', '法律、行政法规禁止公开（条例第十四条）'), ('E14c', '危及国家安全、公共安全、经济安全、社会稳定（条例第十四条）'), ('E15', '商业秘密、个人隐私等第三方合法权益（条例第十五条）'), ('E16a', '内部事务信息（条例第十六条）'), ('E16b', '过程性信息（条例第十六条）'), ('E16c', '行政执法案卷信息（条例第十六条）')], max_length=6, verbose_name='不主动公开的依据'),
        ),
        migrations.AlterField(
            model_name='documentevent',
            name='topic_text',
            field=models.CharField(blank=True, editable=False, max_length=200, verbose_name='主题分类（原文）'),
        ),
        migrations.AlterField(
            model_name='documentevent',
            name='withdrawn_reason',
            field=models.CharField(blank=True, editable=False, max_length=300, verbose_name='撤下原因（对外显示）'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "disclosure_documentevent" ("agency_id", "approved_at", "approved_by_id", "body", "created_at", "created_by_id", "doc_number", "editor_ids", "effective_on", "expires_on", "genre", "id", "index_number", "is_normative", "is_policy", "issuer", "keywords", "kind", "no_interpretation_reason", "openness", "openness_ground", "openness_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "published_on", "remarks", "repealed_by_id", "repealed_on", "source_id", "source_url", "status", "submitted_at", "submitted_by_id", "summary", "title", "topic_id", "topic_text", "updated_at", "validity", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason", "written_on") VALUES (NEW."agency_id", NEW."approved_at", NEW."approved_by_id", NEW."body", NEW."created_at", NEW."created_by_id", NEW."doc_number", NEW."editor_ids", NEW."effective_on", NEW."expires_on", NEW."genre", NEW."id", NEW."index_number", NEW."is_normative", NEW."is_policy", NEW."issuer", NEW."keywords", NEW."kind", NEW."no_interpretation_reason", NEW."openness", NEW."openness_ground", NEW."openness_reason", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."published_at", NEW."published_on", NEW."remarks", NEW."repealed_by_id", NEW."repealed_on", NEW."source_id", NEW."source_url", NEW."status", NEW."submitted_at", NEW."submitted_by_id", NEW."summary", NEW."title", NEW."topic_id", NEW."topic_text", NEW."updated_at", NEW."validity", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_reason", NEW."written_on"); RETURN NULL;', hash='07392a335e90e87c256ffb68d7e9b49d8f84a26f', operation='INSERT', pgid='pgtrigger_insert_insert_64e3f', table='disclosure_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "disclosure_documentevent" ("agency_id", "approved_at", "approved_by_id", "body", "created_at", "created_by_id", "doc_number", "editor_ids", "effective_on", "expires_on", "genre", "id", "index_number", "is_normative", "is_policy", "issuer", "keywords", "kind", "no_interpretation_reason", "openness", "openness_ground", "openness_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "published_on", "remarks", "repealed_by_id", "repealed_on", "source_id", "source_url", "status", "submitted_at", "submitted_by_id", "summary", "title", "topic_id", "topic_text", "updated_at", "validity", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason", "written_on") VALUES (NEW."agency_id", NEW."approved_at", NEW."approved_by_id", NEW."body", NEW."created_at", NEW."created_by_id", NEW."doc_number", NEW."editor_ids", NEW."effective_on", NEW."expires_on", NEW."genre", NEW."id", NEW."index_number", NEW."is_normative", NEW."is_policy", NEW."issuer", NEW."keywords", NEW."kind", NEW."no_interpretation_reason", NEW."openness", NEW."openness_ground", NEW."openness_reason", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."published_at", NEW."published_on", NEW."remarks", NEW."repealed_by_id", NEW."repealed_on", NEW."source_id", NEW."source_url", NEW."status", NEW."submitted_at", NEW."submitted_by_id", NEW."summary", NEW."title", NEW."topic_id", NEW."topic_text", NEW."updated_at", NEW."validity", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_reason", NEW."written_on"); RETURN NULL;', hash='ebf812b82c6690c6aec88aa6b5808afed7505e7b', operation='UPDATE', pgid='pgtrigger_update_update_773a5', table='disclosure_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "disclosure_documentevent" ("agency_id", "approved_at", "approved_by_id", "body", "created_at", "created_by_id", "doc_number", "editor_ids", "effective_on", "expires_on", "genre", "id", "index_number", "is_normative", "is_policy", "issuer", "keywords", "kind", "no_interpretation_reason", "openness", "openness_ground", "openness_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "published_on", "remarks", "repealed_by_id", "repealed_on", "source_id", "source_url", "status", "submitted_at", "submitted_by_id", "summary", "title", "topic_id", "topic_text", "updated_at", "validity", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason", "written_on") VALUES (OLD."agency_id", OLD."approved_at", OLD."approved_by_id", OLD."body", OLD."created_at", OLD."created_by_id", OLD."doc_number", OLD."editor_ids", OLD."effective_on", OLD."expires_on", OLD."genre", OLD."id", OLD."index_number", OLD."is_normative", OLD."is_policy", OLD."issuer", OLD."keywords", OLD."kind", OLD."no_interpretation_reason", OLD."openness", OLD."openness_ground", OLD."openness_reason", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."published_at", OLD."published_on", OLD."remarks", OLD."repealed_by_id", OLD."repealed_on", OLD."source_id", OLD."source_url", OLD."status", OLD."submitted_at", OLD."submitted_by_id", OLD."summary", OLD."title", OLD."topic_id", OLD."topic_text", OLD."updated_at", OLD."validity", OLD."withdrawn_at", OLD."withdrawn_by_id", OLD."withdrawn_reason", OLD."written_on"); RETURN NULL;', hash='10fb8ae341c64809388a12c5528ade332900cc07', operation='DELETE', pgid='pgtrigger_delete_delete_f596e', table='disclosure_document', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('editor_ids__contains', [models.F('approved_by')]), _negated=True), _connector='OR'), name='document_approver_wrote_nothing', violation_error_message='改过内容的人不能审核它，请由另一位同事审核。'),
        ),
        migrations.AlterConstraint(
            model_name='document',
            name='document_two_pairs_of_eyes',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(models.Q(('submitted_by__isnull', True), models.Q(('approved_by', models.F('submitted_by')), _negated=True), _connector='OR'), models.Q(('created_by__isnull', True), models.Q(('approved_by', models.F('created_by')), _negated=True), _connector='OR')), _connector='OR'), name='document_two_pairs_of_eyes', violation_error_message='起草人、提交人不能审核自己的内容，请由另一位同事审核。'),
        ),
        migrations.AlterConstraint(
            model_name='document',
            name='document_withheld_with_ground',
            constraint=models.CheckConstraint(condition=models.Q(('openness__in', ['', 'proactive']), models.Q(models.Q(('openness_ground', ''), _negated=True), models.Q(('openness_reason', ''), _negated=True)), _connector='OR'), name='document_withheld_with_ground', violation_error_message='依申请公开或不予公开，须选择法定依据并写明理由。'),
        ),
        migrations.RunSQL(FROM_HISTORY, migrations.RunSQL.noop),
    ]

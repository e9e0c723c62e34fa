"""紧急下线: the state, who took it offline and who put it back, and the guard that knows the state.

Of what is offline nothing leads back to the public but another person's decision: the guard looks at the row
as it was, so that a statement which also wipes the name of whoever acted is refused too.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


FORWARD = r"""
CREATE OR REPLACE FUNCTION publication_record_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status IN ('published', 'withdrawn', 'offline') OR OLD.published_at IS NOT NULL THEN
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
    -- Nested: the columns are asked for only of a row that has them.
    IF OLD.status = 'offline' AND NEW.status <> 'offline' THEN
        IF NEW.status NOT IN ('published', 'withdrawn') THEN
            RAISE EXCEPTION '紧急下线的内容只能恢复公开或者转为撤下(%, id %)。', TG_TABLE_NAME, OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.status = 'published' AND (
            NEW.restored_by_id IS NULL OR NEW.restored_by_id = OLD.offline_by_id
        ) THEN
            RAISE EXCEPTION '紧急下线的内容须由另一位同事恢复(%, id %)。', TG_TABLE_NAME, OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""
BACKWARD = r"""
CREATE OR REPLACE FUNCTION publication_record_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0003_staff_roles'),
        ('catalog', '0005_adjustment_layouts'),
        ('disclosure', '0008_review_chain'),
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
            name='offline_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='紧急下线时间'),
        ),
        migrations.AddField(
            model_name='document',
            name='offline_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='紧急下线人'),
        ),
        migrations.AddField(
            model_name='document',
            name='offline_reason',
            field=models.CharField(blank=True, editable=False, max_length=500, verbose_name='紧急下线原因（内部）'),
        ),
        migrations.AddField(
            model_name='document',
            name='restored_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='恢复时间'),
        ),
        migrations.AddField(
            model_name='document',
            name='restored_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='恢复人'),
        ),
        migrations.AddField(
            model_name='document',
            name='restored_reason',
            field=models.CharField(blank=True, editable=False, max_length=500, verbose_name='恢复理由（内部）'),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='offline_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='紧急下线时间'),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='offline_by',
            field=models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='紧急下线人'),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='offline_reason',
            field=models.CharField(blank=True, editable=False, max_length=500, verbose_name='紧急下线原因（内部）'),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='restored_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='恢复时间'),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='restored_by',
            field=models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='恢复人'),
        ),
        migrations.AddField(
            model_name='documentevent',
            name='restored_reason',
            field=models.CharField(blank=True, editable=False, max_length=500, verbose_name='恢复理由（内部）'),
        ),
        migrations.AlterField(
            model_name='document',
            name='status',
            field=models.CharField(choices=[('draft', '草稿'), ('submitted', '待审核'), ('scheduled', '待公开'), ('published', '已公开'), ('withdrawn', '已撤下'), ('offline', '已紧急下线')], default='draft', editable=False, max_length=12, verbose_name='状态'),
        ),
        migrations.AlterField(
            model_name='documentevent',
            name='status',
            field=models.CharField(choices=[('draft', '草稿'), ('submitted', '待审核'), ('scheduled', '待公开'), ('published', '已公开'), ('withdrawn', '已撤下'), ('offline', '已紧急下线')], default='draft', editable=False, max_length=12, verbose_name='状态'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "disclosure_documentevent" ("agency_id", "approved_at", "approved_by_id", "body", "created_at", "created_by_id", "doc_number", "editor_ids", "effective_on", "expires_on", "genre", "id", "index_number", "is_normative", "is_notice", "is_policy", "issuer", "keywords", "kind", "no_interpretation_reason", "offline_at", "offline_by_id", "offline_reason", "openness", "openness_ground", "openness_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_at", "published_at", "published_on", "remarks", "repealed_by_id", "repealed_on", "restored_at", "restored_by_id", "restored_reason", "review_round", "signer_ids", "source_id", "source_url", "stage", "status", "step_due_on", "steps_left", "submitted_at", "submitted_by_id", "summary", "title", "topic_id", "topic_text", "updated_at", "validity", "waiting_level", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason", "written_on") VALUES (NEW."agency_id", NEW."approved_at", NEW."approved_by_id", NEW."body", NEW."created_at", NEW."created_by_id", NEW."doc_number", NEW."editor_ids", NEW."effective_on", NEW."expires_on", NEW."genre", NEW."id", NEW."index_number", NEW."is_normative", NEW."is_notice", NEW."is_policy", NEW."issuer", NEW."keywords", NEW."kind", NEW."no_interpretation_reason", NEW."offline_at", NEW."offline_by_id", NEW."offline_reason", NEW."openness", NEW."openness_ground", NEW."openness_reason", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."publish_at", NEW."published_at", NEW."published_on", NEW."remarks", NEW."repealed_by_id", NEW."repealed_on", NEW."restored_at", NEW."restored_by_id", NEW."restored_reason", NEW."review_round", NEW."signer_ids", NEW."source_id", NEW."source_url", NEW."stage", NEW."status", NEW."step_due_on", NEW."steps_left", NEW."submitted_at", NEW."submitted_by_id", NEW."summary", NEW."title", NEW."topic_id", NEW."topic_text", NEW."updated_at", NEW."validity", NEW."waiting_level", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_reason", NEW."written_on"); RETURN NULL;', hash='ef24b1841fda85da282f2871550a8652275af7e7', operation='INSERT', pgid='pgtrigger_insert_insert_64e3f', table='disclosure_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "disclosure_documentevent" ("agency_id", "approved_at", "approved_by_id", "body", "created_at", "created_by_id", "doc_number", "editor_ids", "effective_on", "expires_on", "genre", "id", "index_number", "is_normative", "is_notice", "is_policy", "issuer", "keywords", "kind", "no_interpretation_reason", "offline_at", "offline_by_id", "offline_reason", "openness", "openness_ground", "openness_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_at", "published_at", "published_on", "remarks", "repealed_by_id", "repealed_on", "restored_at", "restored_by_id", "restored_reason", "review_round", "signer_ids", "source_id", "source_url", "stage", "status", "step_due_on", "steps_left", "submitted_at", "submitted_by_id", "summary", "title", "topic_id", "topic_text", "updated_at", "validity", "waiting_level", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason", "written_on") VALUES (NEW."agency_id", NEW."approved_at", NEW."approved_by_id", NEW."body", NEW."created_at", NEW."created_by_id", NEW."doc_number", NEW."editor_ids", NEW."effective_on", NEW."expires_on", NEW."genre", NEW."id", NEW."index_number", NEW."is_normative", NEW."is_notice", NEW."is_policy", NEW."issuer", NEW."keywords", NEW."kind", NEW."no_interpretation_reason", NEW."offline_at", NEW."offline_by_id", NEW."offline_reason", NEW."openness", NEW."openness_ground", NEW."openness_reason", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."publish_at", NEW."published_at", NEW."published_on", NEW."remarks", NEW."repealed_by_id", NEW."repealed_on", NEW."restored_at", NEW."restored_by_id", NEW."restored_reason", NEW."review_round", NEW."signer_ids", NEW."source_id", NEW."source_url", NEW."stage", NEW."status", NEW."step_due_on", NEW."steps_left", NEW."submitted_at", NEW."submitted_by_id", NEW."summary", NEW."title", NEW."topic_id", NEW."topic_text", NEW."updated_at", NEW."validity", NEW."waiting_level", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_reason", NEW."written_on"); RETURN NULL;', hash='06695ffb5d08f26a0c32ffc240fa05ef8622560e', operation='UPDATE', pgid='pgtrigger_update_update_773a5', table='disclosure_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "disclosure_documentevent" ("agency_id", "approved_at", "approved_by_id", "body", "created_at", "created_by_id", "doc_number", "editor_ids", "effective_on", "expires_on", "genre", "id", "index_number", "is_normative", "is_notice", "is_policy", "issuer", "keywords", "kind", "no_interpretation_reason", "offline_at", "offline_by_id", "offline_reason", "openness", "openness_ground", "openness_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_at", "published_at", "published_on", "remarks", "repealed_by_id", "repealed_on", "restored_at", "restored_by_id", "restored_reason", "review_round", "signer_ids", "source_id", "source_url", "stage", "status", "step_due_on", "steps_left", "submitted_at", "submitted_by_id", "summary", "title", "topic_id", "topic_text", "updated_at", "validity", "waiting_level", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason", "written_on") VALUES (OLD."agency_id", OLD."approved_at", OLD."approved_by_id", OLD."body", OLD."created_at", OLD."created_by_id", OLD."doc_number", OLD."editor_ids", OLD."effective_on", OLD."expires_on", OLD."genre", OLD."id", OLD."index_number", OLD."is_normative", OLD."is_notice", OLD."is_policy", OLD."issuer", OLD."keywords", OLD."kind", OLD."no_interpretation_reason", OLD."offline_at", OLD."offline_by_id", OLD."offline_reason", OLD."openness", OLD."openness_ground", OLD."openness_reason", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."publish_at", OLD."published_at", OLD."published_on", OLD."remarks", OLD."repealed_by_id", OLD."repealed_on", OLD."restored_at", OLD."restored_by_id", OLD."restored_reason", OLD."review_round", OLD."signer_ids", OLD."source_id", OLD."source_url", OLD."stage", OLD."status", OLD."step_due_on", OLD."steps_left", OLD."submitted_at", OLD."submitted_by_id", OLD."summary", OLD."title", OLD."topic_id", OLD."topic_text", OLD."updated_at", OLD."validity", OLD."waiting_level", OLD."withdrawn_at", OLD."withdrawn_by_id", OLD."withdrawn_reason", OLD."written_on"); RETURN NULL;', hash='529622a73c15714491feaf31d794adf335710fe8', operation='DELETE', pgid='pgtrigger_delete_delete_f596e', table='disclosure_document', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('offline_at__isnull', True), ('offline_by__isnull', True), ('offline_reason', '')), models.Q(('offline_at__isnull', False), ('offline_by__isnull', False), models.Q(('offline_reason', ''), _negated=True)), _connector='OR'), name='document_offline_by_whom_and_why'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'offline'), _negated=True), models.Q(('offline_by__isnull', False), ('restored_at__isnull', True), ('restored_by__isnull', True), ('restored_reason', '')), _connector='OR'), name='document_offline_until_decided'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('restored_at__isnull', True), ('restored_by__isnull', True), ('restored_reason', '')), models.Q(('offline_by__isnull', False), ('restored_at__isnull', False), ('restored_by__isnull', False), models.Q(('restored_reason', ''), _negated=True), models.Q(('restored_by', models.F('offline_by')), _negated=True)), _connector='OR'), name='document_restored_by_another', violation_error_message='紧急下线的内容，须由另一位同事恢复。'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'published'), _negated=True), ('offline_by__isnull', True), ('restored_by__isnull', False), _connector='OR'), name='document_public_again_if_restored'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

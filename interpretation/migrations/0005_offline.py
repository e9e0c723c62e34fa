"""紧急下线 of interpretations, as of documents (`disclosure/0009_offline`)."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0003_staff_roles'),
        ('disclosure', '0009_offline'),
        ('interpretation', '0004_review_chain'),
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
            name='offline_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='紧急下线时间'),
        ),
        migrations.AddField(
            model_name='interpretation',
            name='offline_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='紧急下线人'),
        ),
        migrations.AddField(
            model_name='interpretation',
            name='offline_reason',
            field=models.CharField(blank=True, editable=False, max_length=500, verbose_name='紧急下线原因（内部）'),
        ),
        migrations.AddField(
            model_name='interpretation',
            name='restored_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='恢复时间'),
        ),
        migrations.AddField(
            model_name='interpretation',
            name='restored_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='恢复人'),
        ),
        migrations.AddField(
            model_name='interpretation',
            name='restored_reason',
            field=models.CharField(blank=True, editable=False, max_length=500, verbose_name='恢复理由（内部）'),
        ),
        migrations.AddField(
            model_name='interpretationevent',
            name='offline_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='紧急下线时间'),
        ),
        migrations.AddField(
            model_name='interpretationevent',
            name='offline_by',
            field=models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='紧急下线人'),
        ),
        migrations.AddField(
            model_name='interpretationevent',
            name='offline_reason',
            field=models.CharField(blank=True, editable=False, max_length=500, verbose_name='紧急下线原因（内部）'),
        ),
        migrations.AddField(
            model_name='interpretationevent',
            name='restored_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='恢复时间'),
        ),
        migrations.AddField(
            model_name='interpretationevent',
            name='restored_by',
            field=models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='恢复人'),
        ),
        migrations.AddField(
            model_name='interpretationevent',
            name='restored_reason',
            field=models.CharField(blank=True, editable=False, max_length=500, verbose_name='恢复理由（内部）'),
        ),
        migrations.AlterField(
            model_name='interpretation',
            name='status',
            field=models.CharField(choices=[('draft', '草稿'), ('submitted', '待审核'), ('scheduled', '待公开'), ('published', '已公开'), ('withdrawn', '已撤下'), ('offline', '已紧急下线')], default='draft', editable=False, max_length=12, verbose_name='状态'),
        ),
        migrations.AlterField(
            model_name='interpretationevent',
            name='status',
            field=models.CharField(choices=[('draft', '草稿'), ('submitted', '待审核'), ('scheduled', '待公开'), ('published', '已公开'), ('withdrawn', '已撤下'), ('offline', '已紧急下线')], default='draft', editable=False, max_length=12, verbose_name='状态'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interpretation',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "interpretation_interpretationevent" ("agency_id", "approved_at", "approved_by_id", "body", "contact", "created_at", "created_by_id", "doc_number", "editor_ids", "forms", "id", "index_number", "interpreter", "issuer", "keywords", "offline_at", "offline_by_id", "offline_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_at", "published_at", "published_on", "remarks", "restored_at", "restored_by_id", "restored_reason", "review_round", "signer_ids", "source_id", "source_url", "status", "step_due_on", "steps_left", "submitted_at", "submitted_by_id", "summary", "title", "topic_id", "topic_text", "updated_at", "waiting_level", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason", "written_on") VALUES (NEW."agency_id", NEW."approved_at", NEW."approved_by_id", NEW."body", NEW."contact", NEW."created_at", NEW."created_by_id", NEW."doc_number", NEW."editor_ids", NEW."forms", NEW."id", NEW."index_number", NEW."interpreter", NEW."issuer", NEW."keywords", NEW."offline_at", NEW."offline_by_id", NEW."offline_reason", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."publish_at", NEW."published_at", NEW."published_on", NEW."remarks", NEW."restored_at", NEW."restored_by_id", NEW."restored_reason", NEW."review_round", NEW."signer_ids", NEW."source_id", NEW."source_url", NEW."status", NEW."step_due_on", NEW."steps_left", NEW."submitted_at", NEW."submitted_by_id", NEW."summary", NEW."title", NEW."topic_id", NEW."topic_text", NEW."updated_at", NEW."waiting_level", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_reason", NEW."written_on"); RETURN NULL;', hash='41e52d7f52b47bf7aa5b8c3f917506e075ac68fe', operation='INSERT', pgid='pgtrigger_insert_insert_10a63', table='interpretation_interpretation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interpretation',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "interpretation_interpretationevent" ("agency_id", "approved_at", "approved_by_id", "body", "contact", "created_at", "created_by_id", "doc_number", "editor_ids", "forms", "id", "index_number", "interpreter", "issuer", "keywords", "offline_at", "offline_by_id", "offline_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_at", "published_at", "published_on", "remarks", "restored_at", "restored_by_id", "restored_reason", "review_round", "signer_ids", "source_id", "source_url", "status", "step_due_on", "steps_left", "submitted_at", "submitted_by_id", "summary", "title", "topic_id", "topic_text", "updated_at", "waiting_level", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason", "written_on") VALUES (NEW."agency_id", NEW."approved_at", NEW."approved_by_id", NEW."body", NEW."contact", NEW."created_at", NEW."created_by_id", NEW."doc_number", NEW."editor_ids", NEW."forms", NEW."id", NEW."index_number", NEW."interpreter", NEW."issuer", NEW."keywords", NEW."offline_at", NEW."offline_by_id", NEW."offline_reason", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."publish_at", NEW."published_at", NEW."published_on", NEW."remarks", NEW."restored_at", NEW."restored_by_id", NEW."restored_reason", NEW."review_round", NEW."signer_ids", NEW."source_id", NEW."source_url", NEW."status", NEW."step_due_on", NEW."steps_left", NEW."submitted_at", NEW."submitted_by_id", NEW."summary", NEW."title", NEW."topic_id", NEW."topic_text", NEW."updated_at", NEW."waiting_level", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_reason", NEW."written_on"); RETURN NULL;', hash='93d133854dd5049f392b282ebbaa09253164609f', operation='UPDATE', pgid='pgtrigger_update_update_da7e6', table='interpretation_interpretation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interpretation',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "interpretation_interpretationevent" ("agency_id", "approved_at", "approved_by_id", "body", "contact", "created_at", "created_by_id", "doc_number", "editor_ids", "forms", "id", "index_number", "interpreter", "issuer", "keywords", "offline_at", "offline_by_id", "offline_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_at", "published_at", "published_on", "remarks", "restored_at", "restored_by_id", "restored_reason", "review_round", "signer_ids", "source_id", "source_url", "status", "step_due_on", "steps_left", "submitted_at", "submitted_by_id", "summary", "title", "topic_id", "topic_text", "updated_at", "waiting_level", "withdrawn_at", "withdrawn_by_id", "withdrawn_reason", "written_on") VALUES (OLD."agency_id", OLD."approved_at", OLD."approved_by_id", OLD."body", OLD."contact", OLD."created_at", OLD."created_by_id", OLD."doc_number", OLD."editor_ids", OLD."forms", OLD."id", OLD."index_number", OLD."interpreter", OLD."issuer", OLD."keywords", OLD."offline_at", OLD."offline_by_id", OLD."offline_reason", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."publish_at", OLD."published_at", OLD."published_on", OLD."remarks", OLD."restored_at", OLD."restored_by_id", OLD."restored_reason", OLD."review_round", OLD."signer_ids", OLD."source_id", OLD."source_url", OLD."status", OLD."step_due_on", OLD."steps_left", OLD."submitted_at", OLD."submitted_by_id", OLD."summary", OLD."title", OLD."topic_id", OLD."topic_text", OLD."updated_at", OLD."waiting_level", OLD."withdrawn_at", OLD."withdrawn_by_id", OLD."withdrawn_reason", OLD."written_on"); RETURN NULL;', hash='862a8921266bfc83234fd63f9cb2616162bf3f34', operation='DELETE', pgid='pgtrigger_delete_delete_57677', table='interpretation_interpretation', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='interpretation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('offline_at__isnull', True), ('offline_by__isnull', True), ('offline_reason', '')), models.Q(('offline_at__isnull', False), ('offline_by__isnull', False), models.Q(('offline_reason', ''), _negated=True)), _connector='OR'), name='interpretation_offline_by_whom_and_why'),
        ),
        migrations.AddConstraint(
            model_name='interpretation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'offline'), _negated=True), models.Q(('offline_by__isnull', False), ('restored_at__isnull', True), ('restored_by__isnull', True), ('restored_reason', '')), _connector='OR'), name='interpretation_offline_until_decided'),
        ),
        migrations.AddConstraint(
            model_name='interpretation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('restored_at__isnull', True), ('restored_by__isnull', True), ('restored_reason', '')), models.Q(('offline_by__isnull', False), ('restored_at__isnull', False), ('restored_by__isnull', False), models.Q(('restored_reason', ''), _negated=True), models.Q(('restored_by', models.F('offline_by')), _negated=True)), _connector='OR'), name='interpretation_restored_by_another', violation_error_message='紧急下线的内容，须由另一位同事恢复。'),
        ),
        migrations.AddConstraint(
            model_name='interpretation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'published'), _negated=True), ('offline_by__isnull', True), ('restored_by__isnull', False), _connector='OR'), name='interpretation_public_again_if_restored'),
        ),
    ]

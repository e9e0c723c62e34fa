"""What the search learns: synonyms, best bets, counts of queries and choices, what is wanted."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agencies', '0004_signing_pin'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('search', '0004_effective_on'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SynonymEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('words', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None, verbose_name='一组词')),
                ('head', models.CharField(editable=False, max_length=40)),
                ('way', models.CharField(choices=[('both', '互为同义'), ('to_first', '俗称→规范用语')], default='both', max_length=10, verbose_name='怎样通用')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='来源或说明')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
                ('seed', models.CharField(blank=True, default='', editable=False, max_length=40)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='TableVersion',
            fields=[
                ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('version', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Want',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.CharField(editable=False, max_length=60, unique=True, verbose_name='大家在找')),
                ('settlement', models.CharField(choices=[('passed_on', '转给单位补充'), ('left', '不用处理')], default='passed_on', editable=False, max_length=10, verbose_name='处理')),
                ('note', models.CharField(blank=True, editable=False, max_length=300, verbose_name='说明')),
                ('settled_at', models.DateTimeField(editable=False, verbose_name='处理时间')),
                ('answer', models.CharField(blank=True, editable=False, max_length=300, verbose_name='单位怎样办的')),
                ('answered_at', models.DateTimeField(editable=False, null=True, verbose_name='办理时间')),
            ],
            options={
                'verbose_name': '大家在找、待补的内容',
                'verbose_name_plural': '大家在找、待补的内容',
                'ordering': [models.OrderBy(models.F('answered_at'), nulls_first=True), '-settled_at'],
            },
        ),
        migrations.CreateModel(
            name='WantEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('words', models.CharField(editable=False, max_length=60, verbose_name='大家在找')),
                ('settlement', models.CharField(choices=[('passed_on', '转给单位补充'), ('left', '不用处理')], default='passed_on', editable=False, max_length=10, verbose_name='处理')),
                ('note', models.CharField(blank=True, editable=False, max_length=300, verbose_name='说明')),
                ('settled_at', models.DateTimeField(editable=False, verbose_name='处理时间')),
                ('answer', models.CharField(blank=True, editable=False, max_length=300, verbose_name='单位怎样办的')),
                ('answered_at', models.DateTimeField(editable=False, null=True, verbose_name='办理时间')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Asked',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='日期')),
                ('words', models.CharField(max_length=60, verbose_name='搜索词')),
                ('times', models.PositiveIntegerField(db_default=0, default=0, verbose_name='次数')),
                ('nothing', models.PositiveIntegerField(db_default=0, default=0, verbose_name='没有找到的次数')),
                ('last_count', models.PositiveIntegerField(db_default=0, default=0, verbose_name='最近找到多少条')),
                ('chosen', models.PositiveIntegerField(db_default=0, default=0, verbose_name='打开结果的次数')),
            ],
            options={
                'verbose_name': '大家在找什么',
                'verbose_name_plural': '大家在找什么',
                'indexes': [models.Index(fields=['words'], name='asked_by_words')],
                'constraints': [models.UniqueConstraint(fields=('day', 'words'), name='one_row_a_day_and_query')],
            },
        ),
        migrations.CreateModel(
            name='BestBet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('queries', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None, verbose_name='搜这些词时推荐')),
                ('keys', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), editable=False, size=None)),
                ('target', models.CharField(max_length=60, verbose_name='推荐的内容')),
                ('line', models.CharField(blank=True, max_length=120, verbose_name='推荐语')),
                ('first_day', models.DateField(blank=True, null=True, verbose_name='从哪天起')),
                ('last_day', models.DateField(blank=True, null=True, verbose_name='到哪天止')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
                ('created_at', models.DateTimeField(editable=False, verbose_name='设置时间')),
                ('created_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='设置人')),
            ],
            options={
                'verbose_name': '推荐结果',
                'verbose_name_plural': '推荐结果',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='BestBetEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('queries', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None, verbose_name='搜这些词时推荐')),
                ('keys', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), editable=False, size=None)),
                ('target', models.CharField(max_length=60, verbose_name='推荐的内容')),
                ('line', models.CharField(blank=True, max_length=120, verbose_name='推荐语')),
                ('first_day', models.DateField(blank=True, null=True, verbose_name='从哪天起')),
                ('last_day', models.DateField(blank=True, null=True, verbose_name='到哪天止')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
                ('created_at', models.DateTimeField(editable=False, verbose_name='设置时间')),
                ('created_by', models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='设置人')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='search.bestbet')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Choice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60)),
                ('times', models.PositiveIntegerField(db_default=0, default=0)),
                ('places', models.PositiveBigIntegerField(db_default=0, default=0)),
                ('asked', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='choices', to='search.asked')),
            ],
        ),
        migrations.CreateModel(
            name='Synonym',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None, verbose_name='一组词')),
                ('head', models.CharField(editable=False, max_length=40)),
                ('way', models.CharField(choices=[('both', '互为同义'), ('to_first', '俗称→规范用语')], default='both', max_length=10, verbose_name='怎样通用')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='来源或说明')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
                ('seed', models.CharField(blank=True, default='', editable=False, max_length=40)),
            ],
            options={
                'verbose_name': '同义词和政策用语',
                'verbose_name_plural': '同义词和政策用语',
                'ordering': ['head', 'way'],
                'constraints': [models.UniqueConstraint(fields=('head', 'way'), name='one_group_a_term_and_way'), models.CheckConstraint(condition=models.Q(('words__len__gte', 2), models.Q(('head', ''), _negated=True)), name='synonym_has_two_words', violation_error_message='一组至少要有两个不同的词。')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='synonym',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "search_synonymevent" ("head", "id", "is_active", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "seed", "way", "words") VALUES (NEW."head", NEW."id", NEW."is_active", NEW."note", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."seed", NEW."way", NEW."words"); RETURN NULL;', hash='4521fd6007677fe22bf63c53ffe28be174ae388f', operation='INSERT', pgid='pgtrigger_insert_insert_7ff8a', table='search_synonym', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='synonym',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "search_synonymevent" ("head", "id", "is_active", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "seed", "way", "words") VALUES (NEW."head", NEW."id", NEW."is_active", NEW."note", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."seed", NEW."way", NEW."words"); RETURN NULL;', hash='72a5bf313c5015c2406b24acf1a04fed39d99e76', operation='UPDATE', pgid='pgtrigger_update_update_522d1', table='search_synonym', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='synonym',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "search_synonymevent" ("head", "id", "is_active", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "seed", "way", "words") VALUES (OLD."head", OLD."id", OLD."is_active", OLD."note", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."seed", OLD."way", OLD."words"); RETURN NULL;', hash='edc5fe89b53885a59da55d45eaecfb4e4123385f', operation='DELETE', pgid='pgtrigger_delete_delete_e1c20', table='search_synonym', when='AFTER')),
        ),
        migrations.AddField(
            model_name='synonymevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='synonymevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='search.synonym'),
        ),
        migrations.AddField(
            model_name='want',
            name='agency',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agencies.agency', verbose_name='转给单位'),
        ),
        migrations.AddField(
            model_name='want',
            name='answered_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='办理人'),
        ),
        migrations.AddField(
            model_name='want',
            name='settled_by',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='处理人'),
        ),
        migrations.AddField(
            model_name='wantevent',
            name='agency',
            field=models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='agencies.agency', verbose_name='转给单位'),
        ),
        migrations.AddField(
            model_name='wantevent',
            name='answered_by',
            field=models.ForeignKey(db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='办理人'),
        ),
        migrations.AddField(
            model_name='wantevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='wantevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='search.want'),
        ),
        migrations.AddField(
            model_name='wantevent',
            name='settled_by',
            field=models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='处理人'),
        ),
        migrations.AddIndex(
            model_name='bestbet',
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['keys'], name='best_bet_by_query'),
        ),
        migrations.AddConstraint(
            model_name='bestbet',
            constraint=models.CheckConstraint(condition=models.Q(('queries__len__gte', 1), ('keys__len__gte', 1), models.Q(('target', ''), _negated=True)), name='best_bet_has_queries', violation_error_message='请写至少一个搜索词，并选定推荐的内容。'),
        ),
        migrations.AddConstraint(
            model_name='bestbet',
            constraint=models.CheckConstraint(condition=models.Q(('first_day', None), ('last_day', None), ('first_day__lte', models.F('last_day')), _connector='OR'), name='best_bet_days_in_order', violation_error_message='「到哪天止」不能早于「从哪天起」。'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bestbet',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "search_bestbetevent" ("created_at", "created_by_id", "first_day", "id", "is_active", "keys", "last_day", "line", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queries", "target") VALUES (NEW."created_at", NEW."created_by_id", NEW."first_day", NEW."id", NEW."is_active", NEW."keys", NEW."last_day", NEW."line", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queries", NEW."target"); RETURN NULL;', hash='f8041b82d982dc8271a122b6ac516ef8d8788dd9', operation='INSERT', pgid='pgtrigger_insert_insert_4f746', table='search_bestbet', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bestbet',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "search_bestbetevent" ("created_at", "created_by_id", "first_day", "id", "is_active", "keys", "last_day", "line", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queries", "target") VALUES (NEW."created_at", NEW."created_by_id", NEW."first_day", NEW."id", NEW."is_active", NEW."keys", NEW."last_day", NEW."line", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queries", NEW."target"); RETURN NULL;', hash='1673f53f0884ae09fbdb792a29c4a10a21c73981', operation='UPDATE', pgid='pgtrigger_update_update_e2fcb', table='search_bestbet', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bestbet',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "search_bestbetevent" ("created_at", "created_by_id", "first_day", "id", "is_active", "keys", "last_day", "line", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queries", "target") VALUES (OLD."created_at", OLD."created_by_id", OLD."first_day", OLD."id", OLD."is_active", OLD."keys", OLD."last_day", OLD."line", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queries", OLD."target"); RETURN NULL;', hash='9dcc98ff5d8d2f9a20eccb761e89f40db951b184', operation='DELETE', pgid='pgtrigger_delete_delete_63ebd', table='search_bestbet', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bestbetevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='55e7d2abbc50f16b885d2ba797246e5976dab6dc', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a076f', table='search_bestbetevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='choice',
            constraint=models.UniqueConstraint(fields=('asked', 'key'), name='one_row_a_choice'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='synonymevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3477aca40c82c145e305ea0850a94c233c023955', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_81c58', table='search_synonymevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='want',
            constraint=models.CheckConstraint(condition=models.Q(('settlement', 'left'), ('agency__isnull', False), _connector='OR'), name='passed_on_to_an_agency'),
        ),
        migrations.AddConstraint(
            model_name='want',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('answered_by', None)), models.Q(('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='answered_by_somebody'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='want',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "search_wantevent" ("agency_id", "answer", "answered_at", "answered_by_id", "id", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "settled_at", "settled_by_id", "settlement", "words") VALUES (NEW."agency_id", NEW."answer", NEW."answered_at", NEW."answered_by_id", NEW."id", NEW."note", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."settled_at", NEW."settled_by_id", NEW."settlement", NEW."words"); RETURN NULL;', hash='33a6ef6f576e7cfaba5197bce528d1c172374058', operation='INSERT', pgid='pgtrigger_insert_insert_87abd', table='search_want', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='want',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "search_wantevent" ("agency_id", "answer", "answered_at", "answered_by_id", "id", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "settled_at", "settled_by_id", "settlement", "words") VALUES (NEW."agency_id", NEW."answer", NEW."answered_at", NEW."answered_by_id", NEW."id", NEW."note", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."settled_at", NEW."settled_by_id", NEW."settlement", NEW."words"); RETURN NULL;', hash='fb8fdfa6a5024a0002deb32d74551811f38ccdac', operation='UPDATE', pgid='pgtrigger_update_update_6b246', table='search_want', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='want',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "search_wantevent" ("agency_id", "answer", "answered_at", "answered_by_id", "id", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "settled_at", "settled_by_id", "settlement", "words") VALUES (OLD."agency_id", OLD."answer", OLD."answered_at", OLD."answered_by_id", OLD."id", OLD."note", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."settled_at", OLD."settled_by_id", OLD."settlement", OLD."words"); RETURN NULL;', hash='dfeb3541bfa9d3f8197c65ec33a18ad08dceb084', operation='DELETE', pgid='pgtrigger_delete_delete_faccd', table='search_want', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='wantevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c9168a0fa4b2e35b8d794f120374a0360bf691c9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_0cb53', table='search_wantevent', when='BEFORE')),
        ),
    ]

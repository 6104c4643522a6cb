import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import Sum
from django.utils import timezone

from spend import triggers

KINDS = ("allocation", "available", "reserved", "spent", "written_off")


def divide(apps, editor):
    """Give the sandbox a purse of its own. Until now what was drawn in the
    sandbox and what was drawn for money came from one: the gateway used last keeps
    it, with what is left, and the other gets what it used."""
    LedgerAccount = apps.get_model("spend", "LedgerAccount")
    purses = LedgerAccount.objects.order_by().values_list("team", "unit").distinct()
    for team, unit in list(purses):
        _divide(apps, team, unit)
    for account in LedgerAccount.objects.all():
        account.balance = _sum(account.incoming) - _sum(account.outgoing)
        account.save()
    if editor.connection.vendor == "postgresql":
        # What follows alters tables, which nothing may be pending for.
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _divide(apps, team, unit):
    LedgerAccount = apps.get_model("spend", "LedgerAccount")
    Transfer = apps.get_model("spend", "Transfer")
    Generation = apps.get_model("generation", "Generation")
    GatewayAccount = apps.get_model("generation", "GatewayAccount")
    generations = Generation.objects.filter(team=team, unit=unit)
    used = GatewayAccount.objects.filter(pk__in=generations.values("account"))
    last = generations.order_by("-pk").first()
    home = (
        last.account
        if last
        else GatewayAccount.objects.filter(unit=unit).order_by("pk").last()
    )
    if home is None:
        return
    shared = {row.kind: row for row in LedgerAccount.objects.filter(team=team, unit=unit)}
    LedgerAccount.objects.filter(team=team, unit=unit).update(gateway=_key(home))
    others: dict[str, list[int]] = {}
    for account in used:
        if _key(account) != _key(home):
            others.setdefault(_key(account), []).append(account.pk)
    for key, accounts in others.items():
        own = {
            kind: LedgerAccount.objects.create(
                team_id=team, unit=unit, kind=kind, gateway=key
            )
            for kind in KINDS
        }
        rows = Transfer._base_manager.filter(
            generation__in=generations.filter(account__in=accounts).values("pk")
        )
        for kind, purse in shared.items():
            rows.filter(source=purse).update(source=own[kind])
            rows.filter(destination=purse).update(destination=own[kind])
        lacking = _sum(own["available"].outgoing) - _sum(own["available"].incoming)
        if lacking > 0:
            for kind, source, destination in (
                ("take_back", shared["available"], shared["allocation"]),
                ("allocate", own["allocation"], own["available"]),
            ):
                Transfer.objects.create(
                    kind=kind,
                    reference=f"divided:{own['available'].pk}",
                    amount=lacking,
                    unit=unit,
                    source=source,
                    destination=destination,
                    team_id=team,
                    note="A purse for each gateway",
                    day=timezone.localdate(),
                )


def _key(account):
    return f"{'sandbox.' if account.is_sandbox else ''}{account.provider}"


def _sum(transfers):
    return transfers.aggregate(sum=Sum("amount"))["sum"] or 0


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_alerts'),
        ('spend', '0003_recover'),
        ('generation', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClosedMonth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField()),
                ('end', models.DateField()),
                ('statement', models.JSONField()),
                ('closed_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'closed month',
            },
        ),
        migrations.CreateModel(
            name='DailySum',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grain', models.CharField(choices=[('all', 'All'), ('user', 'User'), ('operation', 'Operation'), ('model', 'Model'), ('fine', 'Fine')], max_length=9)),
                ('day', models.DateField()),
                ('user', models.BigIntegerField(default=0)),
                ('operation', models.CharField(blank=True, max_length=40)),
                ('model', models.CharField(blank=True, max_length=80)),
                ('amount', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Increase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.PositiveBigIntegerField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('decision', models.CharField(blank=True, choices=[('granted', 'granted'), ('refused', 'not granted')], max_length=7)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Rate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.CharField(choices=[('integral', 'integrals'), ('second', 'seconds'), ('image', 'images')], max_length=8)),
                ('integrals', models.DecimalField(decimal_places=3, max_digits=12)),
            ],
        ),
        migrations.CreateModel(
            name='SpendRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rejection', models.CharField(choices=[('keep', 'It stays spent'), ('write_off', 'It is written off'), ('refund', 'It is refunded, where the gateway refunds')], default='keep', max_length=9)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='budget',
            name='one_budget_a_person',
        ),
        migrations.RemoveConstraint(
            model_name='budget',
            name='one_budget_a_team',
        ),
        migrations.RemoveConstraint(
            model_name='ledgeraccount',
            name='one_account_of_a_kind',
        ),
        migrations.AddField(
            model_name='budget',
            name='carries_over',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='budget',
            name='ends_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='budget',
            name='gateway',
            field=models.CharField(blank=True, max_length=140),
        ),
        migrations.AddField(
            model_name='budget',
            name='is_hard',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='budget',
            name='operation',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='budget',
            name='period',
            field=models.CharField(choices=[('month', 'a month'), ('project', 'for a project')], default='month', max_length=7),
        ),
        migrations.AddField(
            model_name='budget',
            name='project',
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name='budget',
            name='starts_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='budgetmonth',
            name='carried',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='budgetmonth',
            name='extra',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='ledgeraccount',
            name='gateway',
            field=models.CharField(blank=True, max_length=140),
        ),
        migrations.AlterField(
            model_name='budget',
            name='limit',
            field=models.PositiveBigIntegerField(verbose_name='limit'),
        ),
        migrations.AlterField(
            model_name='budget',
            name='unit',
            field=models.CharField(choices=[('integral', 'integrals'), ('second', 'seconds'), ('image', 'images')], default='integral', max_length=8),
        ),
        migrations.AlterField(
            model_name='ledgeraccount',
            name='unit',
            field=models.CharField(choices=[('integral', 'integrals'), ('second', 'seconds'), ('image', 'images')], max_length=8),
        ),
        migrations.AlterField(
            model_name='transfer',
            name='kind',
            field=models.CharField(choices=[('allocate', 'allocated'), ('reserve', 'reserved'), ('reserve_more', 'reserved in addition'), ('settle', 'spent'), ('settle_more', 'spent above the reservation'), ('release', 'released'), ('refund', 'refunded'), ('write_off', 'written off'), ('recover', 'found again'), ('reject', 'written off, not released'), ('take_back', 'taken back')], max_length=12),
        ),
        migrations.AlterField(
            model_name='transfer',
            name='unit',
            field=models.CharField(choices=[('integral', 'integrals'), ('second', 'seconds'), ('image', 'images')], max_length=8),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.UniqueConstraint(fields=('team', 'user', 'operation', 'gateway', 'unit', 'project'), name='one_budget_a_person'),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.UniqueConstraint(condition=models.Q(('user', None)), fields=('team', 'operation', 'gateway', 'unit', 'project'), name='one_budget_a_team'),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ends_on', None), ('period', 'month'), ('project', ''), ('starts_on', None)), models.Q(('period', 'project'), ('starts_on__isnull', False), models.Q(('project', ''), _negated=True)), _connector='OR'), name='a_project_has_a_name_and_a_start'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.UniqueConstraint(fields=('team', 'gateway', 'unit', 'kind'), name='one_account_of_a_kind'),
        ),
        migrations.AddField(
            model_name='closedmonth',
            name='closed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closed_months', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='closedmonth',
            name='team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closed_months', to='accounts.team'),
        ),
        migrations.AddField(
            model_name='dailysum',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='daily_sums', to='spend.ledgeraccount'),
        ),
        migrations.AddField(
            model_name='increase',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='increases', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='increase',
            name='budget',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='increases', to='spend.budget'),
        ),
        migrations.AddField(
            model_name='increase',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decided_increases', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='rate',
            name='team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='accounts.team'),
        ),
        migrations.AddField(
            model_name='spendrule',
            name='team',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='spend_rule', to='accounts.team'),
        ),
        migrations.AddConstraint(
            model_name='closedmonth',
            constraint=models.UniqueConstraint(fields=('team', 'start'), name='a_month_closes_once'),
        ),
        migrations.AddConstraint(
            model_name='dailysum',
            constraint=models.UniqueConstraint(fields=('account', 'grain', 'day', 'user', 'operation', 'model'), name='one_sum_a_day'),
        ),
        migrations.AddConstraint(
            model_name='increase',
            constraint=models.UniqueConstraint(condition=models.Q(('decision', '')), fields=('budget', 'asked_by'), name='one_open_increase_a_person'),
        ),
        migrations.AddConstraint(
            model_name='increase',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='an_increase_is_more'),
        ),
        migrations.AddConstraint(
            model_name='rate',
            constraint=models.UniqueConstraint(fields=('team', 'unit'), name='one_rate_a_unit'),
        ),
        migrations.RunPython(divide, migrations.RunPython.noop),
        migrations.RunPython(triggers.count_again, migrations.RunPython.noop),
        migrations.RunPython(triggers.install, triggers.remove),
    ]

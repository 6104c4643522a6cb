"""Changes of a team's spend rules, each recorded."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import Team, User
from log import changes
from spend.models import Rate, SpendRule


def set_rule(team: Team, rule: Mapping[str, Any], *, by: User | None = None) -> None:
    """Some of ``rejection`` and ``ask_above_percent``."""
    with transaction.atomic():
        # The defaults of a team without a row.
        now = SpendRule.objects.filter(team=team).first() or SpendRule(team=team)
        for field, value in rule.items():
            changes.record(
                changes.Kind.SPEND_RULE,
                field,
                by=by,
                team=team,
                before=getattr(now, field),
                after=value,
            )
        SpendRule.objects.update_or_create(team=team, defaults=rule)


def set_rate(team: Team, unit: str, integrals: Decimal | None, *, by: User) -> None:
    """None removes it."""
    with transaction.atomic():
        rows = Rate.objects.filter(team=team, unit=unit)
        changes.record(
            changes.Kind.SPEND_RULE,
            f"rate:{unit}",
            by=by,
            team=team,
            before=rows.values_list("integrals", flat=True).first(),
            after=integrals and integrals.quantize(Decimal("0.001")),
        )
        if integrals is None:
            rows.delete()
        else:
            Rate.objects.update_or_create(
                team=team, unit=unit, defaults={"integrals": integrals}
            )

"""Changes of a team's spend rules, each written to its log."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import Team, User
from log import chain
from spend import large_requests, rejections
from spend.models import Rate


def set_rule(team: Team, rule: Mapping[str, Any], *, by: User) -> None:
    """``rejection`` and ``ask_above_percent``."""
    with transaction.atomic():
        was = {
            "rejection": rejections.rule(team),
            "ask_above_percent": large_requests.percent(team),
        }
        changed = {name: rule[name] for name in was if rule[name] != was[name]}
        if not changed:
            return
        if "rejection" in changed:
            rejections.set_rule(team, rule["rejection"])
        if "ask_above_percent" in changed:
            large_requests.set_percent(team, rule["ask_above_percent"])
        before = {f"was_{name}": was[name] for name in changed}
        _log(team, by, {**changed, **before})


def set_rate(team: Team, unit: str, integrals: Decimal | None, *, by: User) -> None:
    """None removes it."""
    with transaction.atomic():
        if integrals is None:
            Rate.objects.filter(team=team, unit=unit).delete()
        else:
            Rate.objects.update_or_create(
                team=team, unit=unit, defaults={"integrals": integrals}
            )
        # The log holds no floats.
        _log(team, by, {"unit": unit, "rate": integrals and str(integrals)})


def _log(team: Team, by: User, facts: Mapping[str, Any]) -> None:
    chain.append(chain.Event(team.pk, chain.Kind.SPENDING, by.pk, facts=facts))

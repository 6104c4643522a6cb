"""What a new installation still needs: one list for the owner's page and ``doctor``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from accounts.models import Invitation, Membership, Team
from gateways import account_check, catalogue
from generation.models import Artwork, Callback
from log.models import Change
from notifications.models import Channel, Delivery
from spend import purses
from spend.models import Budget, RoleLimit, Transfer
from spend.units import Unit

#: In the order of the page.
NAMES = (
    *("credentials", "public_address", "channel", "team"),
    *("integrals", "limits", "people", "picture", "backup"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """``facts``: what a sentence about it needs."""

    name: str
    is_done: bool
    facts: Mapping[str, Any] = field(default_factory=dict)


def steps() -> list[Step]:
    return list(_steps())


def _steps() -> Iterator[Step]:
    yield _credentials()
    yield _public_address()
    yield Step(
        "channel",
        Delivery.objects.filter(status=Delivery.Status.SENT).exists(),
        {"has_channel": Channel.objects.in_use().exists()},
    )
    yield Step("team", Team.objects.exists())
    yield Step("integrals", _is_allocated())
    own = Budget.objects.filter(is_default=False)
    yield Step("limits", RoleLimit.objects.exists() or own.exists())
    yield Step("people", Membership.objects.count() > 1 or Invitation.objects.exists())
    real = Artwork.objects.filter(stored_at__isnull=False)
    real = real.filter(generation__account__is_sandbox=False)
    yield Step("picture", real.exists(), {"is_sandbox": settings.SANDBOX})
    made = Change.objects.filter(kind=Change.Kind.BACKUP, team=None)
    yield Step("backup", made.exists())


def _credentials() -> Step:
    """Entered, and taken by each gateway that has some."""
    variables = [f"{name.upper()}_APP_ID" for name in settings.GATEWAY_PROVIDERS]
    facts: dict[str, Any] = {"is_sandbox": settings.SANDBOX, "variables": variables}
    if settings.SANDBOX:
        return Step("credentials", is_done=False, facts=facts)
    untested = [
        name
        for name in settings.GATEWAYS
        if not account_check.is_tested(catalogue.account(name))
    ]
    return Step("credentials", not untested, facts | {"untested": untested})


def _public_address() -> Step:
    """Reached from outside: a real gateway has called back."""
    calls = Callback.objects.filter(generation__account__is_sandbox=False)
    return Step(
        "public_address",
        bool(settings.PUBLIC_URL) and calls.exists(),
        {"url": settings.PUBLIC_URL, "is_sandbox": settings.SANDBOX},
    )


def _is_allocated() -> bool:
    """From a purse that the portal's credentials bill."""
    gateways = {gateway for unit in Unit for gateway in purses.billing(unit)}
    given = Transfer.objects.filter(kind=Transfer.Kind.ALLOCATE)
    return given.filter(source__gateway__in=gateways).exists()

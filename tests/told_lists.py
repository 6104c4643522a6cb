"""What the sandbox tells of itself: its twenty calls are made once by each process."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from gateways import catalogue
from gateways.models import CatalogueEntry
from spend.models import ModelName

#: By the accounts that were asked: of each one its entries, and all names of models.
_TOLD: dict[tuple[str, ...], tuple[dict[str, list[Any]], list[Any]]] = {}


def refresh() -> None:
    """`catalogue.refresh` into an empty catalogue."""
    accounts = tuple(settings.GATEWAYS)
    if accounts not in _TOLD:
        catalogue.refresh()
        _TOLD[accounts] = _read(accounts)
        return
    entries, names = _TOLD[accounts]
    now = timezone.now()
    CatalogueEntry.objects.bulk_create(
        CatalogueEntry(account=catalogue.account(name), fetched_at=now, **row)
        for name, rows in entries.items()
        for row in rows
    )
    ModelName.objects.bulk_create(ModelName(**row) for row in names)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "MOST_RESOURCES_A_REFRESH", 0)
        catalogue.refresh()  # balances


def _read(accounts: Sequence[str]) -> tuple[dict[str, list[Any]], list[Any]]:
    entries = {}
    for name in accounts:
        of = CatalogueEntry.objects.filter(account=catalogue.account(name))
        entries[name] = list(of.values("kind", "key", "payload"))
    return entries, list(ModelName.objects.values("gateway", "code", "name"))

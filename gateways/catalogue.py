"""Catalogues and balances in our tables: no page waits for a gateway."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from gateways import circuit_breaker, outage_alerts, pausing
from gateways.clients import client, provider_of
from gateways.models import CatalogueEntry, GatewayAccount
from gateways.providers.base import Choice, Model, Resources
from gateways.providers.errors import ProviderError
from gateways.providers.protocols import Provider
from spend import model_names, purse_balances

Kind = CatalogueEntry.Kind

MODELS_FRESH_FOR = datetime.timedelta(minutes=10)
RESOURCES_FRESH_FOR = datetime.timedelta(days=1)
#: Resources are read one model a call.
MOST_RESOURCES_A_REFRESH = 20


@dataclass(frozen=True, slots=True)
class Catalogue:
    """As last read; empty until the first refresh."""

    models: tuple[Model, ...] = ()
    resources: Mapping[str, Resources] = field(default_factory=dict)
    lists: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)

    def choices(self, model: str, name: str) -> tuple[Choice, ...]:
        """By the gateway's name of the list."""
        resources = self.resources.get(model)
        return resources.choices.get(name, ()) if resources else ()


#: Provider → its entries' keys and times, and what they say: parsing takes longer than
#: the page around it.
_parsed: dict[str, tuple[list[tuple[int, datetime.datetime]], Catalogue]] = {}


def read(provider: str) -> Catalogue:
    """Of two accounts that listed the same, the later counts.

    Parsed once per change.
    """
    entries = CatalogueEntry.objects.filter(account__provider=provider)
    entries = entries.order_by("fetched_at", "pk")
    ours = {settings.GATEWAYS[name]["app_id"] for name in names(provider)}
    listed = entries.values_list("pk", "fetched_at", "account__app_id")
    version = [(pk, at) for pk, at, app_id in listed if app_id in ours]
    known = _parsed.get(provider)
    if known is None or known[0] != version:
        kept = entries.filter(account__app_id__in=ours)
        known = _parsed[provider] = version, _parse(kept)
    return known[1]


def _parse(entries: Iterable[CatalogueEntry]) -> Catalogue:
    models: tuple[Model, ...] = ()
    resources: dict[str, Resources] = {}
    lists: dict[str, tuple[Choice, ...]] = {}
    for entry in entries:
        if entry.kind == Kind.MODELS:
            models = tuple(map(_model, entry.payload))
        elif entry.kind == Kind.LIST:
            lists[entry.key] = _choices(entry.payload)
        else:
            resources[entry.key] = _resources(entry.payload)
    return Catalogue(models, resources, lists)


def _model(payload: Mapping[str, Any]) -> Model:
    methods = tuple((code, name) for code, name in payload.get("transparencies", ()))
    return Model(**{**payload, "transparencies": methods})


def _resources(payload: Mapping[str, Any]) -> Resources:
    sizes = tuple((width, height) for width, height in payload["sizes"])
    listed = payload.get("choices", {})
    choices = {name: _choices(rows) for name, rows in listed.items()}
    return Resources(sizes, tuple(payload["styles"]), choices)


def _choices(rows: Iterable[Mapping[str, Any]]) -> tuple[Choice, ...]:
    return tuple(Choice(**row) for row in rows)


def configured(*providers: str, of: str = "") -> Q:
    """Rows of accounts with credentials in the settings, at these providers or any.

    ``of``: lookup path to the row with the account. A generation of another account,
    such as the sandbox's, is never sent to this one.
    """
    found = Q(pk=None)
    for name in settings.GATEWAYS:
        if not providers or provider_of(name) in providers:
            found |= of_name(name, of=of)
    return found


def of_name(name: str, *, of: str = "") -> Q:
    """The form keeps databases from starting at the account, with all its rows ever.

    Each queue has a partial index of its own.
    """
    app_id = settings.GATEWAYS[name]["app_id"]
    key = {"provider": provider_of(name), "app_id": app_id}
    mine = Q(**{f"{of}account__{field}": value for field, value in key.items()})
    return Q(pk=None) | mine


def names(provider: str) -> list[str]:
    """With credentials, in the order of the settings."""
    return [name for name in settings.GATEWAYS if provider_of(name) == provider]


def account(name: str) -> GatewayAccount:
    """Of an account with credentials; created if missing."""
    return GatewayAccount.objects.get_or_create(
        provider=provider_of(name),
        app_id=settings.GATEWAYS[name]["app_id"],
        defaults={"unit": client(name).unit.value, "is_sandbox": settings.SANDBOX},
    )[0]


def accounts(provider: str) -> dict[str, GatewayAccount]:
    """Name → row of each account with credentials."""
    rows = GatewayAccount.objects.filter(provider=provider)
    found = {row.app_id: row for row in rows}
    return {
        name: found.get(settings.GATEWAYS[name]["app_id"]) or account(name)
        for name in names(provider)
    }


def first_free(accounts: Mapping[str, GatewayAccount]) -> str:
    """The first that is free for new work, else the first."""
    now = timezone.now()
    free = (name for name, account in accounts.items() if account.is_free(now))
    return next(free, next(iter(accounts)))


def answering_client(provider: str) -> Provider:
    """Of the only account, or of the first free one."""
    known = names(provider)
    return client(known[0] if len(known) == 1 else first_free(accounts(provider)))


def refresh() -> None:
    """Each account's balance; each gateway's lists once, through any account.

    An account in trouble does not stop the others.
    """
    for name in settings.GATEWAYS:
        row = account(name)
        try:
            _refresh(row, client(name))
        except ProviderError as error:
            circuit_breaker.note_trouble(row, error)
        outage_alerts.update(row)


def _refresh(account: GatewayAccount, provider: Provider) -> None:
    account.balance = provider.balance()
    account.save(update_fields=["balance"])
    purse_balances.update(account.purse, account.app_id, account.unit, account.balance)
    pausing.resume_when_balance_rose(account, account.balance)
    if account.balance is not None:  # else nothing was asked
        circuit_breaker.answered_balance(account)
    if not _is_fresh(account, Kind.MODELS, "", MODELS_FRESH_FOR):
        models = [asdict(model) for model in provider.models()]
        if models:  # an unreadable answer is empty: the last list stays
            _store(account, Kind.MODELS, "", models)
            names = {model["code"]: model["name"] for model in models}
            model_names.update(account.purse, names)
    if not _is_fresh(account, Kind.LIST, "", RESOURCES_FRESH_FOR):
        for name, choices in provider.lists().items():
            if choices:
                rows = [asdict(choice) for choice in choices]
                _store(account, Kind.LIST, name, rows)
    stale = [
        model.code
        for model in read(account.provider).models
        if not _is_fresh(account, Kind.RESOURCES, model.code, RESOURCES_FRESH_FOR)
    ]
    for code in stale[:MOST_RESOURCES_A_REFRESH]:
        resources = provider.resources(code)
        if resources.sizes or resources.styles:
            _store(account, Kind.RESOURCES, code, asdict(resources))


def _is_fresh(
    account: GatewayAccount, kind: str, key: str, live: datetime.timedelta
) -> bool:
    """Whether any account of the gateway read the entry within ``live``.

    Without a key: any entry of the kind.
    """
    entries = CatalogueEntry.objects.filter(configured(account.provider), kind=kind)
    entries = entries.filter(fetched_at__gt=timezone.now() - live)
    return (entries.filter(key=key) if key else entries).exists()


def _store(account: GatewayAccount, kind: str, key: str, payload: object) -> None:
    CatalogueEntry.objects.update_or_create(
        account=account,
        kind=kind,
        key=key,
        defaults={"payload": payload, "fetched_at": timezone.now()},
    )

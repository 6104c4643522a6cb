"""What the gateways offer and have left, kept in our tables: no page waits for them."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from gateways import circuit_breaker, pausing
from gateways.clients import client, provider_of
from gateways.models import CatalogueEntry, GatewayAccount
from gateways.providers.base import Choice, Model, ProviderError, Resources
from gateways.providers.protocols import Provider
from spend import model_names

Kind = CatalogueEntry.Kind

MODELS_LIVE = datetime.timedelta(minutes=10)
RESOURCES_LIVE = datetime.timedelta(days=1)
#: Resources are read one model a call: so many at most in one refresh.
MOST_RESOURCES = 20


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the gateway offers, as last read. Empty until it has been read once."""

    models: tuple[Model, ...] = ()
    resources: Mapping[str, Resources] = field(default_factory=dict)
    lists: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)

    def choices(self, model: str, name: str) -> tuple[Choice, ...]:
        """What one model offers under the gateway's name of the list."""
        resources = self.resources.get(model)
        return resources.choices.get(name, ()) if resources else ()


def read(provider: str) -> Catalogue:
    """From the database alone; empty until the first refresh."""
    entries = CatalogueEntry.objects.filter(configured(provider))
    entries = entries.order_by("fetched_at", "pk")  # of two accounts, the later told
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
    """Rows whose ``account`` is one that we have credentials for just now: at these
    providers, or at any. ``of`` leads from the row to the one that has the account.

    What was asked for at another account (the sandbox, say) is never sent to this one.
    """
    found = Q(pk=None)
    for name in settings.GATEWAYS:
        if not providers or provider_of(name) in providers:
            found |= of_name(name, of=of)
    return found


def of_name(name: str, *, of: str = "") -> Q:
    """Rows of the one account of that name.

    Said so that no database begins with the account, and reads all that it ever made:
    a queue has an index of its own.
    """
    app_id = settings.GATEWAYS[name]["app_id"]
    key = {"provider": provider_of(name), "app_id": app_id}
    mine = Q(**{f"{of}account__{field}": value for field, value in key.items()})
    return Q(pk=None) | mine


def names(provider: str) -> list[str]:
    """Of its accounts that we have credentials for, the first one first."""
    return [name for name in settings.GATEWAYS if provider_of(name) == provider]


def account(name: str) -> GatewayAccount:
    """The row of an account that we have credentials for; made where there is none."""
    return GatewayAccount.objects.get_or_create(
        provider=provider_of(name),
        app_id=settings.GATEWAYS[name]["app_id"],
        defaults={"unit": client(name).unit.value, "is_sandbox": settings.SANDBOX},
    )[0]


def accounts(provider: str) -> dict[str, GatewayAccount]:
    """All that we have credentials for at this gateway, by their names, in order."""
    rows = GatewayAccount.objects.filter(provider=provider)
    found = {row.app_id: row for row in rows}
    return {
        name: found.get(settings.GATEWAYS[name]["app_id"]) or account(name)
        for name in names(provider)
    }


def likely(accounts: Mapping[str, GatewayAccount]) -> str:
    """The name of one that can be spoken to just now; the first where none can."""
    now = timezone.now()
    free = (name for name, account in accounts.items() if account.is_free(now))
    return next(free, next(iter(accounts)))


def speaker(provider: str) -> Provider:
    """The client of an account that may well answer: of the only one, or of any."""
    known = names(provider)
    return client(known[0] if len(known) == 1 else likely(accounts(provider)))


def refresh() -> None:
    """Ask every account for its balance, and each gateway through any of them for its
    lists; one in trouble stops no other."""
    for name in settings.GATEWAYS:
        row = account(name)
        try:
            _refresh(row, client(name))
        except ProviderError as error:
            circuit_breaker.note_trouble(row, error)


def _refresh(account: GatewayAccount, provider: Provider) -> None:
    account.balance = provider.balance()
    account.save(update_fields=["balance"])
    pausing.resume_when_balance_rose(account, account.balance)
    circuit_breaker.answered_balance(account)
    if not _is_fresh(account, Kind.MODELS, "", MODELS_LIVE):
        models = [asdict(model) for model in provider.models()]
        if models:  # an answer that could not be read is empty: the last one stands
            _store(account, Kind.MODELS, "", models)
            names = {model["code"]: model["name"] for model in models}
            model_names.update(account.purse, names)
    if not _is_fresh(account, Kind.LIST, "", RESOURCES_LIVE):
        for name, choices in provider.lists().items():
            if choices:
                rows = [asdict(choice) for choice in choices]
                _store(account, Kind.LIST, name, rows)
    stale = [
        model.code
        for model in read(account.provider).models
        if not _is_fresh(account, Kind.RESOURCES, model.code, RESOURCES_LIVE)
    ]
    for code in stale[:MOST_RESOURCES]:
        resources = provider.resources(code)
        if resources.sizes or resources.styles:
            _store(account, Kind.RESOURCES, code, asdict(resources))


def _is_fresh(
    account: GatewayAccount, kind: str, key: str, live: datetime.timedelta
) -> bool:
    """Whichever account of the gateway it was read through; without a key any entry of
    the kind."""
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

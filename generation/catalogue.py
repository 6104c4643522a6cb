"""What the gateways offer and have left, kept in our tables: no page waits for them."""

import datetime
import logging
from dataclasses import asdict

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from generation.clients import client
from generation.models import CatalogueEntry, GatewayAccount
from generation.operations.base import Catalogue
from generation.providers.base import (
    Model,
    Provider,
    ProviderError,
    Resources,
    Unauthorized,
)
from generation.providers.faults import Fault

logger = logging.getLogger(__name__)
Kind = CatalogueEntry.Kind

MODELS_LIVE = datetime.timedelta(minutes=10)
RESOURCES_LIVE = datetime.timedelta(days=1)
ANSWERED_EVERY = datetime.timedelta(seconds=5)
#: Resources are read one model a call: so many at most in one refresh.
MOST_RESOURCES = 20


def read(provider: str) -> Catalogue:
    """From the database alone; empty until the first refresh."""
    entries = CatalogueEntry.objects.filter(configured(provider))
    models: tuple[Model, ...] = ()
    resources: dict[str, Resources] = {}
    for entry in entries:
        if entry.kind == Kind.MODELS:
            models = tuple(Model(**model) for model in entry.payload)
        else:
            sizes = tuple((width, height) for width, height in entry.payload["sizes"])
            resources[entry.key] = Resources(sizes, tuple(entry.payload["styles"]))
    return Catalogue(models, resources)


def configured(*providers: str) -> Q:
    """Rows whose ``account`` is one that we have credentials for just now: at these
    providers, or at any.

    What was asked for at another account (the sandbox, say) is never sent to this one.
    """
    found = Q(pk=None)
    for name in providers or settings.GATEWAYS:
        app_id = settings.GATEWAYS[name]["app_id"]
        found |= Q(account__provider=name, account__app_id=app_id)
    return found


def is_configured(account: GatewayAccount) -> bool:
    options = settings.GATEWAYS.get(account.provider, {})
    return bool(options.get("app_id") == account.app_id)


def account(provider: str) -> GatewayAccount:
    """The account that we have credentials for; its row is made where there is none."""
    return GatewayAccount.objects.get_or_create(
        provider=provider,
        app_id=settings.GATEWAYS[provider]["app_id"],
        defaults={"unit": client(provider).unit.value, "is_sandbox": settings.SANDBOX},
    )[0]


def refresh() -> None:
    """Ask every gateway for its balance and lists; one in trouble stops no other."""
    for name in settings.GATEWAYS:
        row = account(name)
        try:
            _refresh(row, client(name))
        except ProviderError as error:
            note_trouble(row, error)


def _refresh(account: GatewayAccount, provider: Provider) -> None:
    account.balance = provider.balance()
    account.save(update_fields=["balance"])
    note_answer(account)
    if not _is_fresh(account, Kind.MODELS, "", MODELS_LIVE):
        models = [asdict(model) for model in provider.models()]
        if models:  # an answer that could not be read is empty: the last one stands
            _store(account, Kind.MODELS, "", models)
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
    return account.catalogue_entries.filter(
        kind=kind, key=key, fetched_at__gt=timezone.now() - live
    ).exists()


def _store(account: GatewayAccount, kind: str, key: str, payload: object) -> None:
    CatalogueEntry.objects.update_or_create(
        account=account,
        kind=kind,
        key=key,
        defaults={"payload": payload, "fetched_at": timezone.now()},
    )


def note_trouble(account: GatewayAccount, error: ProviderError) -> None:
    """For the gateways page: what it means, when it began, in the gateway's words."""
    sentence = f"{error.message} ({error.code})" if error.code else error.message
    code = Fault.UNAUTHORIZED if isinstance(error, Unauthorized) else error.code
    logger.warning("%s: %s", account.provider, sentence)
    now = timezone.now()
    fresh = GatewayAccount.objects.filter(pk=account.pk)
    fresh.filter(trouble="").update(trouble_at=now)
    fresh.update(trouble=sentence.strip(), trouble_code=code)


def note_answer(account: GatewayAccount) -> None:
    """It answered. Written every few seconds at most: busy gateways answer often."""
    now = timezone.now()
    is_news = account.trouble or account.answered_at is None
    if is_news or now - account.answered_at > ANSWERED_EVERY:  # type: ignore[operator]
        GatewayAccount.objects.filter(pk=account.pk).update(
            trouble="", trouble_code="", trouble_at=None, answered_at=now
        )

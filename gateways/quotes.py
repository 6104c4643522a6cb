"""The price of an order, asked of the gateway before anything is paid.

A quote is cached under the priced fields for ``FRESH_SECONDS``. Its price is kept in
the database, for all processes, and serves for ``KNOWN_FOR`` while the gateway does
not answer. A page waits: after a silence the gateway is not asked for
``SILENT_SECONDS``.
"""

import datetime
import hashlib
import json

from django.core.cache import cache
from django.utils import timezone

from gateways import catalogue, clients
from gateways.models import KnownPrice
from gateways.providers.base import Order, Quote
from gateways.providers.errors import Unavailable
from spend.units import Unit

FRESH_SECONDS = 30
SILENT_SECONDS = 10
KNOWN_FOR = datetime.timedelta(days=7)
#: An unchanged price is written this often at most.
WRITE_INTERVAL = datetime.timedelta(hours=6)


def quote(provider: str, order: Order) -> Quote:
    """In the provider's unit. Raises ProviderError: no price is known."""
    key = price_key(provider, order)
    fresh: Quote | None = cache.get(f"quote-{key}")
    if fresh is not None:
        return fresh
    try:
        asked = _ask(provider, order)
    except Unavailable:
        if known := _known(key):
            return known
        raise
    cache.set(f"quote-{key}", asked, FRESH_SECONDS)
    _keep(key, asked)
    return asked


def known(provider: str, order: Order) -> Quote | None:
    """The last price, without asking the gateway."""
    return _known(price_key(provider, order))


def _ask(provider: str, order: Order) -> Quote:
    silent = f"silent-{provider}"
    if cache.get(silent):
        raise Unavailable("The gateway did not answer a moment ago.")
    try:
        return catalogue.answering_client(provider).quote(order)
    except Unavailable:
        cache.set(silent, True, SILENT_SECONDS)
        raise


def _known(key: str) -> Quote | None:
    """Without the queue, which is another by now."""
    since = timezone.now() - KNOWN_FOR
    row = KnownPrice.objects.filter(key=key, told_at__gt=since).first()
    return Quote(row.cost, Unit(row.unit)) if row else None


def _keep(key: str, asked: Quote) -> None:
    now, told = timezone.now(), {"cost": asked.cost, "unit": asked.unit}
    same = KnownPrice.objects.filter(key=key, **told)
    if not same.filter(told_at__gt=now - WRITE_INTERVAL).exists():
        KnownPrice.objects.update_or_create(key=key, defaults={**told, "told_at": now})


def tidy() -> None:
    KnownPrice.objects.filter(told_at__lt=timezone.now() - KNOWN_FOR).delete()


def price_key(provider: str, order: Order) -> str:
    """Orders with one key have one price."""
    unpriced = clients.provider_class(provider).unpriced_fields
    priced = {name: value for name, value in order.body.items() if name not in unpriced}
    text = json.dumps([provider, order.path, priced], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()

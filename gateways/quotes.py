"""The price of an order, asked of the gateway before anything is paid.

A quote is cached under the priced fields for ``FRESH_SECONDS``, and for
``LAST_KNOWN_SECONDS`` while the gateway does not answer. A page waits: after a silence
the gateway is not asked for ``SILENT_SECONDS``.
"""

import hashlib
import json

from django.core.cache import cache

from gateways import catalogue, clients
from gateways.providers.base import Order, Quote, Unavailable

FRESH_SECONDS = 30
LAST_KNOWN_SECONDS = 7 * 24 * 3600
SILENT_SECONDS = 10


def quote(provider: str, order: Order) -> Quote:
    """In the provider's unit. Raises ProviderError: no price is known."""
    key = _key(provider, order)
    known: Quote | None = cache.get(f"fresh-{key}")
    if known is not None:
        return known
    try:
        asked = _ask(provider, order)
    except Unavailable:
        last: Quote | None = cache.get(f"last-{key}")
        if last is None:
            raise
        return last
    cache.set(f"fresh-{key}", asked, FRESH_SECONDS)
    cache.set(f"last-{key}", asked, LAST_KNOWN_SECONDS)
    return asked


def _ask(provider: str, order: Order) -> Quote:
    silent = f"silent-{provider}"
    if cache.get(silent):
        raise Unavailable("The gateway did not answer a moment ago.")
    try:
        return catalogue.answering_client(provider).quote(order)
    except Unavailable:
        cache.set(silent, True, SILENT_SECONDS)
        raise


def _key(provider: str, order: Order) -> str:
    unpriced = clients.provider_class(provider).unpriced_fields
    priced = {name: value for name, value in order.body.items() if name not in unpriced}
    text = json.dumps([provider, order.path, priced], sort_keys=True)
    return "quote-" + hashlib.sha256(text.encode()).hexdigest()

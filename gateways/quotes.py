"""What an order will cost, asked of the gateway before anything is paid.

A price does not depend on the words, so it is remembered by everything else in the
body for half a minute; after that the last known price serves only while the gateway
does not answer. A person's page waits for this, so it never waits long.
"""

import hashlib
import json

from django.core.cache import cache

from gateways import catalogue
from gateways.providers.base import Order, Quote, Unavailable

FRESH_SECONDS = 30
LAST_KNOWN_SECONDS = 7 * 24 * 3600
SILENT_SECONDS = 10
#: Fields of a body that no price depends on [assumed: prices go by size and model];
#: an address is another one each time it is written.
WORDS = {"prompt", "uc_prompt", "seed", "text", "init_image_url", "model_param"}


def quote(provider: str, order: Order) -> Quote:
    """Raises ProviderError where the gateway tells no price and none is known."""
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
    """A gateway that did not answer is left alone for a moment: pages wait for it."""
    silent = f"silent-{provider}"
    if cache.get(silent):
        raise Unavailable("The gateway did not answer a moment ago.")
    try:
        return catalogue.speaker(provider).quote(order)
    except Unavailable:
        cache.set(silent, True, SILENT_SECONDS)
        raise


def _key(provider: str, order: Order) -> str:
    priced = {name: value for name, value in order.body.items() if name not in WORDS}
    text = json.dumps([provider, order.path, priced], sort_keys=True)
    return "quote-" + hashlib.sha256(text.encode()).hexdigest()

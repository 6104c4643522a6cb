"""What one address may ask of share links in a minute; counted by each process.

A try that finds nothing costs as much as many pictures: addresses are not guessed.
"""

from django.core.cache import caches

from accounts.hashing import TryLater

#: Pictures and pages of one address in a window.
MOST = 1200
MISS = 40
WINDOW_SECONDS = 60


def check(network: str) -> None:
    """Raises TryLater."""
    if caches["share_limits"].get(network, 0) >= MOST:
        raise TryLater(WINDOW_SECONDS)


def count(network: str, cost: int = 1) -> None:
    kept = caches["share_limits"]
    kept.add(network, 0, WINDOW_SECONDS)
    try:
        kept.incr(network, cost)
    except ValueError:  # the window has just ended
        kept.set(network, cost, WINDOW_SECONDS)

"""Slows sign-ins after wrong passwords; locks no name.

A try is counted before its password is checked and taken back after a right one: tries
at the same time do not slip past a limit. Failures leak away with time.

Somebody is *known* by an address or a browser with which the name signed in before, and
is slowed by wrong tries from there alone. Strangers are also slowed together: all at
one address, and all who try one name.
"""

import datetime
import ipaddress
import math
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from accounts import hashing
from accounts.models import Throttle

BROWSER_COOKIE = "wjportal_browser"
#: How long a browser or address stays known after its last sign-in.
KNOWN_FOR = datetime.timedelta(days=90)
#: An IPv6 subscriber has a network of this size.
IPV6_PREFIX = 64

#: What a try writes.
COUNTED = ("failures", "counted_at", "wait_until", "is_known", "expires_at")

Person = TypeVar("Person")


class Slowed(hashing.TryLater):
    """Too many wrong tries."""

    @property
    def message(self) -> str:
        return ngettext(
            "Too many wrong passwords. Try again in %s second.",
            "Too many wrong passwords. Try again in %s seconds.",
            self.seconds,
        ) % (self.seconds,)


@dataclass(frozen=True, slots=True)
class Limit:
    """``free`` failures cost nothing; the wait then doubles from ``first_seconds``."""

    free: int
    first_seconds: float
    longest_seconds: float
    leak_seconds: float

    def left(self, row: Throttle, now: datetime.datetime) -> float:
        """The row's failures that have not leaked away."""
        passed = (now - row.counted_at).total_seconds()
        return max(row.failures - max(passed, 0) / self.leak_seconds, 0)

    def wait(self, failures: float) -> datetime.timedelta | None:
        over = math.ceil(failures) - self.free
        if over < 0:
            return None
        seconds = self.first_seconds * 2 ** min(over, 16)
        return datetime.timedelta(seconds=min(seconds, self.longest_seconds))


#: One name from one address or browser.
PAIR = Limit(free=5, first_seconds=5, longest_seconds=300, leak_seconds=900)
ADDRESS = Limit(free=20, first_seconds=5, longest_seconds=60, leak_seconds=180)
NAME = Limit(free=10, first_seconds=2, longest_seconds=30, leak_seconds=60)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a try comes from. ``browser``: its cookie, or a new one for it."""

    address: str
    browser: str

    @classmethod
    def of(cls, request: HttpRequest | None) -> "Source":
        if request is None:
            return cls("", uuid.uuid4().hex)
        given = request.COOKIES.get(BROWSER_COOKIE, "")
        is_ours = re.fullmatch(r"[0-9a-f]{32}", given)
        address = request.META.get("REMOTE_ADDR", "")
        return cls(address, given if is_ours else uuid.uuid4().hex)

    @property
    def network(self) -> str:
        """The address; of IPv6 its /64."""
        try:
            address = ipaddress.ip_address(self.address)
        except ValueError:
            return self.address
        if isinstance(address, ipaddress.IPv4Address):
            return str(address)
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        network = ipaddress.IPv6Network((int(address), IPV6_PREFIX), strict=False)
        return str(network)


@dataclass(frozen=True, slots=True)
class Try:
    """``limits``: key → limit of the rows that slow this try; ``pairs``: the keys of
    the name with its browser and its address."""

    pairs: list[str]
    limits: dict[str, Limit]
    is_known: bool

    def count(self) -> None:
        """As a failure, until it succeeds. Raises Slowed."""
        now = timezone.now()
        with transaction.atomic():
            rows = _locked(self.limits, now)
            _refuse(rows, now)
            for row in rows:
                _count(row, self.limits[row.key], now)
            Throttle.objects.bulk_update(rows, COUNTED)

    def succeed(self) -> None:
        """Takes the failure back; makes browser and address known."""
        now = timezone.now()
        one_less = Greatest(F("failures") - 1.0, 0.0)
        clean = {"failures": 0, "counted_at": now, "wait_until": None}
        clean |= {"is_known": True, "expires_at": now + KNOWN_FOR}
        with transaction.atomic():
            rows = _locked({**self.limits, **dict.fromkeys(self.pairs, PAIR)}, now)
            shared = [row.key for row in rows if row.key not in self.pairs]
            counted = Throttle.objects.filter(key__in=shared)
            counted.update(failures=one_less, wait_until=None)
            Throttle.objects.filter(key__in=self.pairs).update(**clean)


def check(
    name: str, source: Source, password_check: Callable[[], Person | None]
) -> Person | None:
    """The result of ``password_check``, which None makes a failure.

    Raises Slowed or `hashing.Busy` before the check. Most of a flood ends here without
    a write.
    """
    this = _look(name, source)
    with hashing.place(is_known=this.is_known):
        this.count()
        person = password_check()
    if person is not None:
        this.succeed()
    return person


def _look(name: str, source: Source) -> Try:
    """Raises Slowed."""
    now = timezone.now()
    browser, address = (
        _key("pair", name, where) for where in (source.browser, source.network)
    )
    limits = {address: PAIR, _key("address", source.network): ADDRESS}
    limits[_key("name", name)] = NAME
    found = Throttle.objects.filter(expires_at__gt=now).in_bulk([browser, *limits])
    known = [key for key in (browser, address) if key in found and found[key].is_known]
    if known:
        limits = {known[0]: PAIR}
    _refuse([row for key, row in found.items() if key in limits], now)
    return Try([browser, address], limits, bool(known))


def tidy() -> None:
    """Delete rows that slow nobody and know nobody any more."""
    Throttle.objects.filter(expires_at__lte=timezone.now()).delete()


def _key(*parts: str) -> str:
    """A keyed digest: one size for any name, and the row names nobody."""
    text = "\0".join(parts).encode("utf-8", "backslashreplace")
    return salted_hmac(__name__, text, algorithm="sha256").hexdigest()[:40]


def _locked(limits: dict[str, Limit], now: datetime.datetime) -> list[Throttle]:
    """All rows, in the order of their keys; missing ones are made."""
    new = [Throttle(key=key, counted_at=now, expires_at=now) for key in limits]
    Throttle.objects.bulk_create(new, ignore_conflicts=True)
    rows = Throttle.objects.select_for_update().filter(key__in=limits)
    return list(rows.order_by("key"))


def _refuse(rows: list[Throttle], now: datetime.datetime) -> None:
    waits = [row.wait_until - now for row in rows if row.wait_until]
    if waits and (longest := max(waits)) > datetime.timedelta():
        raise Slowed(longest.total_seconds())


def _count(row: Throttle, limit: Limit, now: datetime.datetime) -> None:
    row.is_known = row.is_known and row.expires_at > now
    row.failures = limit.left(row, now) + 1
    row.counted_at = now
    wait = limit.wait(row.failures)
    row.wait_until = now + wait if wait else None
    leaks = datetime.timedelta(seconds=row.failures * limit.leak_seconds)
    row.expires_at = max(row.expires_at, now + leaks)

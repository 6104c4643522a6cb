"""Password hashing that leaves the processors to others.

One hash keeps a core busy for a third of a second. Strangers and people whose browser
or address is known have places of their own, so that a flood of unknown names makes
nobody wait who has signed in before.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import BoundedSemaphore

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils.translation import gettext as _

#: Per process and kind of caller; more would fill its threads.
AT_ONCE = 1
WAITING = 1
WAIT_SECONDS = 2.0
RETRY_SECONDS = 2


class TryLater(Exception):
    """Nothing was checked; ``seconds`` until another try may succeed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = max(math.ceil(seconds), 1)

    @property
    def message(self) -> str:
        return _("Many passwords are being checked. Try again in a few seconds.")


class Busy(TryLater):
    """Too many passwords are being checked at the moment."""


class Places:
    """At most ``at_once`` work and ``waiting`` wait for them."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._working = BoundedSemaphore(at_once)
        self._inside = BoundedSemaphore(at_once + waiting)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Raises Busy."""
        if not self._inside.acquire(blocking=False):
            raise Busy(RETRY_SECONDS)
        try:
            if not self._working.acquire(timeout=WAIT_SECONDS):
                raise Busy(RETRY_SECONDS)
            try:
                yield
            finally:
                self._working.release()
        finally:
            self._inside.release()


_strangers, _known = Places(), Places()
_is_inside: ContextVar[bool] = ContextVar("is_inside", default=False)


@contextmanager
def place(*, is_known: bool) -> Iterator[None]:
    """Hashes inside of it do not wait again. Raises Busy."""
    with (_known if is_known else _strangers).taken():
        token = _is_inside.set(True)
        try:
            yield
        finally:
            _is_inside.reset(token)


class BoundedPBKDF2(PBKDF2PasswordHasher):
    """Django's default hash. Raises Busy."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        if _is_inside.get():
            return super().encode(password, salt, iterations)
        with place(is_known=True):
            return super().encode(password, salt, iterations)

"""Checks passwords: slowed after wrong ones, and each wrong one logged."""

import logging
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts import sign_in_throttle
from accounts.models import User

logger = logging.getLogger(__name__)


class ThrottledBackend(ModelBackend):
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Raises `hashing.TryLater`; then no password was checked."""
        if username is None or password is None:
            return None
        source = sign_in_throttle.Source.of(request)
        check = super().authenticate
        person = sign_in_throttle.check(
            username, source, lambda: check(request, username, password)
        )
        if person is None:
            _log_failure(username, source.address)
        elif request is not None:
            # For the cookie (`accounts.middleware.SignInMiddleware`).
            request.signed_in_browser = source.browser  # type: ignore[attr-defined]  # read by SignInMiddleware
        return person


def _log_failure(username: str, address: str) -> None:
    """An unknown name is not written: it may be a password in the wrong field."""
    is_known = User.objects.filter(username=username).exists()
    name = repr(username) if is_known else "an unknown name"
    logger.warning("Wrong password for %s from %s", name, address)

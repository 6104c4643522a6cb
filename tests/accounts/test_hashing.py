"""Few passwords are hashed at once, and strangers do not take everybody's turn."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client
from django.urls import reverse

from accounts import hashing, sign_in_throttle
from accounts.models import User
from tests import factories
from wjportal import settings as portal

LOGIN = reverse("accounts:login")


@pytest.fixture(autouse=True)
def own_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(hashing, "_strangers", hashing.Places())
    monkeypatch.setattr(hashing, "_known", hashing.Places())


@pytest.fixture
def crowd() -> Iterator[None]:
    """Strangers are at it."""
    with hashing.place(is_known=False):
        yield


def test_more_than_the_places_are_refused() -> None:
    places = hashing.Places(at_once=2, waiting=0)
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(places.taken())
        with pytest.raises(hashing.Busy), places.taken():
            pytest.fail("a third one")
    with places.taken():
        pass


def test_nobody_waits_for_ever() -> None:
    places = hashing.Places(at_once=1, waiting=1)
    with places.taken(), pytest.raises(hashing.Busy), places.taken():
        pytest.fail("was let in")
    with places.taken():
        pass


def test_a_place_is_free_after_an_error() -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), hashing.place(is_known=False):
            raise ZeroDivisionError


def test_every_hash_of_the_portal_has_a_place() -> None:
    assert portal.PASSWORD_HASHERS == ["accounts.hashing.BoundedPBKDF2"]
    hasher = hashing.BoundedPBKDF2()
    assert hasher.iterations == PBKDF2PasswordHasher.iterations
    encoded = hasher.encode("x", "salt", 1)
    assert hasher.verify("x", encoded)
    with ExitStack() as stack:
        stack.enter_context(hashing._known.taken())
        with pytest.raises(hashing.Busy):
            hasher.verify("x", encoded)
        with hashing.place(is_known=False):
            assert hasher.verify("x", encoded)


@pytest.mark.django_db
def test_a_crowd_of_strangers_is_refused(alice: User, crowd: None) -> None:
    refused = Client().post(LOGIN, {"username": "nobody", "password": "x"})
    assert refused.status_code == 429
    assert refused["Retry-After"] == str(hashing.RETRY_SECONDS)
    assert "Many passwords are being checked" in refused.text
    assert not sign_in_throttle.Throttle.objects.exists()


@pytest.mark.django_db
def test_who_is_known_passes_the_crowd(alice: User) -> None:
    form = {"username": "alice", "password": "alice-password"}
    Client().post(LOGIN, form)
    with hashing.place(is_known=False):
        assert Client().post(LOGIN, form).status_code == 302


@pytest.mark.django_db
def test_a_busy_portal_says_so_to_an_admin(
    signed_in: Any, otto: User, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = portal.PASSWORD_HASHERS
    alice, client = factories.alice(), signed_in(otto)
    address = reverse("accounts:renew_password", args=[alice.memberships.get().pk])
    with hashing._known.taken():
        answer = client.post(address)
    assert answer.status_code == 429
    before = alice.password
    alice.refresh_from_db()
    assert alice.password == before

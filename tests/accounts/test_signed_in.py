"""Who is signed in, and a token for their next POST: asked by a page."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db

URL = reverse("accounts:signed_in")


def test_it_tells_who_is_signed_in(signed_in: Any, alice: User) -> None:
    response = signed_in(alice).get(URL)
    assert response.json()["person"] == alice.pk
    assert "no-store" in response["Cache-Control"]
    assert Client().get(URL).json()["person"] is None
    assert signed_in(alice).post(URL).status_code == 405


def test_its_token_is_taken(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    token = client.get(URL).json()["csrf"]
    sent = {"username": "alice", "password": "alice-password"}
    login = reverse("accounts:login")
    assert client.post(login, sent).status_code == 403
    sent["csrfmiddlewaretoken"] = token
    assert client.post(login, sent).status_code == 302
    assert client.get(URL).json()["person"] == alice.pk


def test_somebody_without_a_team_is_answered(signed_in: Any, alice: User) -> None:
    alice.memberships.all().delete()
    assert signed_in(alice).get(URL).json()["person"] == alice.pk

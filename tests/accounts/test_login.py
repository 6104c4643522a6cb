"""Signing in and out."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db

LOGIN = reverse("accounts:login")
LOGOUT = reverse("accounts:logout")
HOME = reverse("generation:create")
QUEUE = reverse("moderation:queue")


def sign_in(client: Client, username: str, password: str = "", **more: Any) -> Any:
    form = {"username": username, "password": password or f"{username}-password"}
    return client.post(LOGIN, form | more)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_someone_signs_in_and_out(client: Client, alice: User) -> None:
    assert sign_in(client, "alice").url == HOME
    assert is_signed_in(client)
    assert client.post(LOGOUT).url == LOGIN
    assert not is_signed_in(client)


@pytest.mark.parametrize(("name", "lands_on"), [("mona", QUEUE), ("otto", HOME)])
def test_who_moderates_lands_on_review(
    client: Client, mona: User, otto: User, name: str, lands_on: str
) -> None:
    assert sign_in(client, name).url == lands_on
    assert client.get(LOGIN).url == lands_on  # signed in already
    asked = f"{reverse('gallery:gallery')}?person=1"
    client.post(LOGOUT)
    assert sign_in(client, name, next=asked).url == asked
    client.post(LOGOUT)
    assert sign_in(client, name, next=HOME).url == lands_on
    again = f"{HOME}?like=1"
    client.post(LOGOUT)
    assert sign_in(client, name, next=again).url == again


def test_a_link_does_not_sign_out(client: Client, alice: User) -> None:
    sign_in(client, "alice")
    assert client.get(LOGOUT).status_code == 405
    assert is_signed_in(client)


def test_one_goes_on_where_one_wanted_to(client: Client, alice: User) -> None:
    asked = client.get(reverse("gallery:gallery"))
    assert asked.url == f"{LOGIN}?next={reverse('gallery:gallery')}"
    page = client.get(asked.url)
    assert f'value="{reverse("gallery:gallery")}"' in page.text
    answer = sign_in(client, "alice", next=reverse("gallery:gallery"))
    assert answer.url == reverse("gallery:gallery")


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]
)
def test_nobody_is_led_elsewhere(client: Client, alice: User, target: str) -> None:
    assert sign_in(client, "alice", next=target).url == HOME


def test_who_is_signed_in_needs_no_form(signed_in: Any, alice: User) -> None:
    assert signed_in(alice).get(LOGIN).url == HOME


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_a_wrong_password_and_a_wrong_name_look_alike(
    client: Client, alice: User, username: str
) -> None:
    response = sign_in(client, username, "wrong")
    assert response.status_code == 200
    assert "Please enter a correct username and password" in response.text
    assert not is_signed_in(client)


def test_the_page_tells_of_the_sandbox_but_no_password(
    client: Client, alice: User
) -> None:
    text = client.get(LOGIN).text
    assert "A sandbox" in text
    assert "alice" not in text


def test_the_page_says_who_helps(client: Client) -> None:
    assert "An admin of your team can make you a new one" in client.get(LOGIN).text


def test_the_form_needs_the_csrf_token(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client, "alice").status_code == 403


def test_who_is_in_no_team_is_told_so(signed_in: Any, alice: User) -> None:
    alice.memberships.all().delete()
    client = signed_in(alice)
    for name in ("generation:create", "gallery:gallery", "moderation:queue"):
        response = client.get(reverse(name))
        assert response.status_code == 403
        assert "in no team" in response.text
    assert client.get(reverse("accounts:people")).status_code == 404
    assert client.get(reverse("accounts:password")).status_code == 200


def test_who_is_switched_off_is_out(signed_in: Any, alice: User) -> None:
    client = signed_in(alice)
    User.objects.update(is_active=False)
    assert client.get(HOME).status_code == 302
    assert sign_in(client, "alice").status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/gallery/", "/activity/", "/review/", "/spend/", "/people/", "/nowhere/"],
)
def test_no_page_is_kept_for_others(signed_in: Any, otto: User, address: str) -> None:
    kept = signed_in(otto).get(address)["Cache-Control"]
    assert "private" in kept
    assert "no-cache" in kept


def test_who_came_and_went_is_logged_with_the_address(
    client: Client, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    sign_in(client, "alice")
    client.post(LOGOUT)
    client.post(LOGOUT)
    told = [r.getMessage() for r in caplog.records if r.name == "accounts.signed"]
    assert told == [
        "'alice' signed in from 127.0.0.1",
        "'alice' signed out from 127.0.0.1",
    ]


def test_at_sign_out_the_browser_forgets_drafts(client: Client, alice: User) -> None:
    sign_in(client, "alice")
    assert client.post(LOGOUT)["Clear-Site-Data"] == '"storage"'


def test_an_empty_portal_says_how_it_begins():
    assert "first_admin" in Client().get(reverse("accounts:login")).text
    User.objects.create(username="somebody")
    assert "first_admin" not in Client().get(reverse("accounts:login")).text

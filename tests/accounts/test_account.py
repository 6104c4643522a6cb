"""A person's own password, preferences and current team."""

import datetime
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from accounts.middleware import TemporaryPasswordMiddleware
from accounts.models import Team, User
from tests import factories

pytestmark = pytest.mark.django_db

PASSWORD = reverse("accounts:password")
PREFERENCES = reverse("accounts:preferences")
TEAM = reverse("accounts:switch_team")
HOME = reverse("generation:create")
LOGIN = reverse("accounts:login")
#: A place in a route: ``<int:pk>``; of Django's admin: ``(?P<app>…)``, ``(?:…)``.
NUMBERED = re.compile(r"<[^>]+>|\(\?.*")
NEW = "a-much-better-one"


def change(
    old: str = "alice-password", new: str = NEW, again: str = ""
) -> dict[str, str]:
    return {"old_password": old, "new_password1": new, "new_password2": again or new}


# --- Password


def test_the_password_is_changed_and_one_stays_in(signed_in: Any, alice: User) -> None:
    client = signed_in(alice)
    assert client.post(PASSWORD, change()).url == HOME
    assert client.get(HOME).status_code == 200
    alice.refresh_from_db()
    assert alice.check_password(NEW)


@pytest.mark.parametrize(
    "form",
    [
        change(old="wrong"),
        change(again="another"),
        change(new="elevenchars"),
        change(new="123456789012"),
        change(new="987654321098"),
        change(new="Password2026!"),
        change(new="！！qwerty 2026！！"),
        change(new="dragondragon"),
        change(new="abcdefghijkl"),
        change(new="777777777777"),
        change(new="alice-password"),
        change(new="qwerty123456"),
        change(new="Alice in the harbour"),
        change(new="harbour of a-l-i-c-e"),
        change(new="ｓｔｕｄｉｏ on the hill"),
        change(new="My WJPortal, really"),
    ],
)
def test_a_bad_change_is_refused(
    signed_in: Any, alice: User, form: dict[str, str]
) -> None:
    response = signed_in(alice).post(PASSWORD, form)
    assert response.status_code == 422
    alice.refresh_from_db()
    assert alice.check_password("alice-password")


@pytest.mark.parametrize(
    ("names", "password", "is_good"),
    [
        ({"first_name": "王芳"}, "王芳的港口在黎明时分很安静", False),
        ({"first_name": "芳"}, "芬芳的港口在黎明时分很安静", True),
        ({"last_name": "Blum"}, "Blumengarten am Hafen", False),
        ({"username": "li"}, "a quiet little harbour", True),
        ({"username": "a.b-c"}, "xx-abc-yy-quiet", False),
        ({}, "a quiet harbour at dawn", True),
        ({}, "a long way to the sea " * 3 + "and back", True),
        ({}, "493817205648", True),
    ],
)
def test_names_are_no_passwords(
    alice: User, names: dict[str, str], password: str, is_good: bool
) -> None:
    for name, value in names.items():
        setattr(alice, name, value)
    try:
        validate_password(password, alice)
    except ValidationError:
        assert not is_good
    else:
        assert is_good


def test_the_form_says_the_rules(signed_in: Any, alice: User) -> None:
    text = signed_in(alice).get(PASSWORD).text
    assert "at least 12 characters" in text
    assert "your team’s name" in text


def test_no_rule_is_said_twice() -> None:
    rules = password_validators_help_texts()
    assert len(rules) == len(set(rules))


def test_the_page_tells_ones_roles(signed_in: Any, otto: User) -> None:
    text = signed_in(otto).get(PASSWORD).text
    assert "Studio" in text
    assert "Admin" in text


# --- A temporary password


@pytest.fixture
def fresh(alice: User) -> User:
    """Alice, with a password that somebody else made."""
    alice.renew_password(by=None)
    alice.set_password("alice-password")
    alice.save()
    return alice


def addresses() -> list[str]:
    """One of each URL of the portal, and some that it does not have."""
    found = [
        NUMBERED.sub("1", f"/{route}") for route in routes(get_resolver().url_patterns)
    ]
    assert len(found) > 60
    open_ones = {PASSWORD, *map(reverse, ("accounts:logout", "accounts:signed_in"))}
    return [*sorted(set(found) - open_ones), "/nowhere/", "//", "/people"]


def routes(patterns: Any, before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern.url_patterns, route)


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_temporary_password_opens_its_change_alone(
    rf: RequestFactory, fresh: User, headers: dict[str, str]
) -> None:
    name = "HX-Redirect" if headers else "Location"
    closed = TemporaryPasswordMiddleware(lambda request: pytest.fail(request.path))
    for address in addresses():
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            request = rf.generic(method, quote(address), headers=headers)
            request.user = fresh
            assert closed(request)[name] == PASSWORD


def test_no_view_answers_before_its_change(signed_in: Any, fresh: User) -> None:
    fresh.memberships.update(role="admin")
    client, before = signed_in(fresh), User.objects.count()
    form = {"username": "x", "role": "admin"}
    for name in ("people", "add", "preferences", "session", "switch_team"):
        address = reverse(f"accounts:{name}")
        assert client.get(address).url == PASSWORD
        assert client.post(address, form).url == PASSWORD
    for address in ("/alerts/", "/channels/", "/metrics", "/staff/", "/nowhere/"):
        assert client.get(address).url == PASSWORD
    assert User.objects.count() == before


def test_an_open_page_learns_who_is_signed_in(signed_in: Any, fresh: User) -> None:
    """It then leads to the change, with what was typed kept."""
    answer = signed_in(fresh).get(reverse("accounts:signed_in"))
    assert answer.json()["person"] == fresh.pk


def test_its_change_opens_the_portal(signed_in: Any, fresh: User) -> None:
    client = signed_in(fresh)
    page = client.get(PASSWORD)
    assert "Someone else made your password" in page.text
    assert HOME not in re.findall(r'href="([^"]+)"', page.text)
    client.post(PASSWORD, change(old="wrong"))
    assert client.get(HOME).url == PASSWORD
    client.post(PASSWORD, change())
    assert client.get(HOME).status_code == 200
    fresh.refresh_from_db()
    assert fresh.password_expires_at is None


def test_one_may_sign_out_instead(signed_in: Any, fresh: User) -> None:
    client = signed_in(fresh)
    assert client.post(reverse("accounts:logout")).url == LOGIN
    assert "_auth_user_id" not in client.session


def test_it_expires(client: Any, signed_in: Any, fresh: User) -> None:
    inside, form = signed_in(fresh), {"username": "alice", "password": "alice-password"}
    left = fresh.password_expires_at - timezone.now()
    assert datetime.timedelta(hours=71) < left <= datetime.timedelta(hours=72)
    User.objects.update(password_expires_at=timezone.now())
    assert inside.post(PASSWORD, change()).url == LOGIN
    assert "_auth_user_id" not in inside.session
    answer = client.post(LOGIN, form)
    assert "temporary password has expired" in answer.text
    assert "_auth_user_id" not in client.session


# --- Preferences


def test_a_theme_is_kept_and_one_stays_on_the_page(signed_in: Any, alice: User) -> None:
    page = reverse("gallery:gallery")
    client = signed_in(alice)
    assert client.post(PREFERENCES, {"theme": "dark", "next": page}).url == page
    alice.refresh_from_db()
    assert (alice.theme, alice.language) == ("dark", "")
    assert 'data-theme="dark"' in client.get(page).text


def test_a_language_follows_to_every_browser(
    client: Any, signed_in: Any, alice: User
) -> None:
    response = signed_in(alice).post(PREFERENCES, {"language": "zh-hans"})
    assert response.cookies["django_language"].value == "zh-hans"
    another = signed_in(alice)
    assert 'lang="zh-Hans"' in another.get(HOME).text
    another.post(reverse("accounts:logout"))
    assert 'lang="en"' in another.get(reverse("accounts:login")).text


@pytest.mark.parametrize("form", [{"theme": "pink"}, {"language": "tlh"}])
def test_what_nobody_offers_is_refused(
    signed_in: Any, alice: User, form: dict[str, str]
) -> None:
    assert signed_in(alice).post(PREFERENCES, form).status_code == 400
    alice.refresh_from_db()
    assert (alice.theme, alice.language) == ("system", "")


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "", "javascript:x"]
)
def test_nobody_is_led_elsewhere(signed_in: Any, alice: User, target: str) -> None:
    form = {"theme": "dark", "next": target}
    assert signed_in(alice).post(PREFERENCES, form).url == HOME


# --- Team


def test_one_works_in_the_team_one_chooses(signed_in: Any, alice: User) -> None:
    elsewhere = factories.team("Elsewhere")
    alice.memberships.create(team=elsewhere, role="admin")
    client = signed_in(alice)
    assert client.get(reverse("spend:overview")).status_code == 404
    assert client.post(TEAM, {"team": elsewhere.pk}).url == HOME
    assert client.get(reverse("spend:overview")).status_code == 200


@pytest.mark.parametrize("team", ["", "x", "0", str(10**30)])
def test_a_team_that_is_not_there_is_404(
    signed_in: Any, alice: User, team: str
) -> None:
    assert signed_in(alice).post(TEAM, {"team": team}).status_code == 404


def test_a_strangers_team_is_404(signed_in: Any, alice: User, bob: User) -> None:
    elsewhere = Team.objects.get(name="Elsewhere")
    client = signed_in(alice)
    assert client.post(TEAM, {"team": elsewhere.pk}).status_code == 404
    assert client.get(HOME).wsgi_request.membership.team.name == "Studio"


def test_who_left_the_chosen_team_is_in_the_other(signed_in: Any, alice: User) -> None:
    elsewhere = factories.team("Elsewhere")
    membership = alice.memberships.create(team=elsewhere)
    client = signed_in(alice)
    client.post(TEAM, {"team": elsewhere.pk})
    membership.delete()
    assert client.get(HOME).wsgi_request.membership.team.name == "Studio"


@pytest.mark.parametrize("address", [PREFERENCES, TEAM])
def test_they_are_posted(signed_in: Any, alice: User, address: str) -> None:
    assert signed_in(alice).get(address).status_code == 405


@pytest.mark.parametrize("address", [PASSWORD, PREFERENCES, TEAM])
def test_they_are_for_who_is_signed_in(client: Any, address: str) -> None:
    response = client.post(address)
    assert response.status_code == 302
    assert response.url.startswith(reverse("accounts:login"))

"""A person's own password, preferences and current team."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Team, User
from tests import factories

pytestmark = pytest.mark.django_db

PASSWORD = reverse("accounts:password")
PREFERENCES = reverse("accounts:preferences")
TEAM = reverse("accounts:switch_team")
HOME = reverse("generation:create")
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
        change(new="short"),
        change(new="12345678901"),
        change(new="password123"),
    ],
)
def test_a_bad_change_is_refused(
    signed_in: Any, alice: User, form: dict[str, str]
) -> None:
    response = signed_in(alice).post(PASSWORD, form)
    assert response.status_code == 422
    alice.refresh_from_db()
    assert alice.check_password("alice-password")


def test_the_page_tells_ones_roles(signed_in: Any, otto: User) -> None:
    text = signed_in(otto).get(PASSWORD).text
    assert "Studio" in text
    assert "Admin" in text


def test_a_password_made_by_someone_else_is_changed_first(
    signed_in: Any, alice: User
) -> None:
    alice.renew_password()
    alice.set_password("alice-password")
    alice.save()
    client = signed_in(alice)
    assert client.get(HOME).url == PASSWORD
    assert client.post(reverse("generation:submit")).url == PASSWORD
    assert "Someone else made your password" in client.get(PASSWORD).text
    client.post(PASSWORD, change())
    assert client.get(HOME).status_code == 200


def test_a_wrong_try_does_not_open_the_portal(signed_in: Any, alice: User) -> None:
    alice.renew_password()
    client = signed_in(alice)
    client.post(PASSWORD, change(old="wrong"))
    assert client.get(HOME).url == PASSWORD


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

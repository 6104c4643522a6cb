"""Owners of the installation: they make owners and teams; one always stays."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import LastOwner, Membership, Team, User
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

URL = reverse("accounts:owners")
ADD = reverse("accounts:make_owner")
ADD_TEAM = reverse("accounts:new_team")


def removal(user: User) -> str:
    return reverse("accounts:remove_owner", args=[user.pk])


def is_owner(user: User) -> bool:
    user.refresh_from_db()
    return user.is_owner


# --- Owners


def test_an_owner_makes_another_one(signed_in: Any, oda: User, bob: User) -> None:
    page = signed_in(oda).post(ADD, {"username": "bob"}, follow=True)
    assert is_owner(bob)
    assert list(page.context["owners"]) == [bob, oda]
    assert signed_in(bob).get(URL).status_code == 200


@pytest.mark.parametrize("username", ["", "nobody", "oda"])
def test_who_is_not_there_or_an_owner_already_is_refused(
    signed_in: Any, oda: User, username: str
) -> None:
    page = signed_in(oda).post(ADD, {"username": username})
    assert page.status_code == 422
    assert 'class="error"' in page.text


def test_an_owner_is_removed(signed_in: Any, oda: User, bob: User) -> None:
    bob.set_owner(True, by=None)
    page = signed_in(oda).post(removal(bob), follow=True)
    assert not is_owner(bob)
    assert list(page.context["owners"]) == [oda]


def test_the_last_owner_stays(signed_in: Any, oda: User) -> None:
    client = signed_in(oda)
    asked = client.get(removal(oda)).text
    assert "make someone else an owner first" in asked
    assert 'class="button danger"' not in asked
    page = client.post(removal(oda), follow=True)
    assert "last owner" in page.text
    assert is_owner(oda)


def test_one_may_step_down_when_another_stays(
    signed_in: Any, oda: User, bob: User
) -> None:
    bob.set_owner(True, by=None)
    client = signed_in(oda)
    assert client.post(removal(oda)).url == reverse("generation:create")
    assert client.get(URL).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_owners_cannot_remove_each_other_at_once() -> None:
    rows = [factories.user(name) for name in ("ann", "ben")]
    for row in rows:
        row.set_owner(True, by=None)
    refused: list[bool] = []
    barrier = threading.Barrier(2)

    def step_down(row: User) -> None:
        barrier.wait()
        try:
            row.set_owner(False, by=None)
        except LastOwner:
            refused.append(True)
        finally:
            connection.close()

    threads = [threading.Thread(target=step_down, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert User.objects.filter(is_owner=True).count() == 1


# --- Teams


def test_an_owner_makes_a_team_and_is_its_admin(signed_in: Any, oda: User) -> None:
    client = signed_in(oda)
    assert client.get(ADD_TEAM).status_code == 200
    made = client.post(ADD_TEAM, {"name": "Atelier"})
    team = Team.objects.get(name="Atelier")
    assert made.url == reverse("spend:team", args=[team.pk])
    assert Membership.objects.get(team=team).user == oda
    home = client.get(made.url)
    assert home.context["request"].membership.team == team
    assert client.get(reverse("accounts:people")).status_code == 200


@pytest.mark.parametrize("name", ["", "Studio", "x" * 81])
def test_a_name_is_given_once(signed_in: Any, oda: User, name: str) -> None:
    page = signed_in(oda).post(ADD_TEAM, {"name": name})
    assert page.status_code == 422
    assert Team.objects.count() == 1


def test_an_owner_without_a_team_makes_one(signed_in: Any, oda: User) -> None:
    """A team's admin cannot lock an owner out."""
    oda.memberships.all().delete()
    client = signed_in(oda)
    assert ADD_TEAM in client.get("/").text
    assert client.get(URL).status_code == 200
    client.post(ADD_TEAM, {"name": "Atelier"})
    assert client.get(reverse("spend:teams")).status_code == 200


# --- Who may


def test_a_teams_admin_is_no_owner(
    signed_in: Any, oda: User, otto: User, alice: User
) -> None:
    for who in (otto, alice):
        client = signed_in(who)
        assert client.get(URL).status_code == 404
        assert client.get(ADD_TEAM).status_code == 404
        assert client.post(ADD, {"username": who.username}).status_code == 404
        assert client.post(ADD_TEAM, {"name": "Mine"}).status_code == 404
        assert client.post(removal(oda)).status_code == 404
        side = client.get("/").text
        assert "/gateways/" not in side
        assert "/spend/teams/" not in side
    assert list(User.objects.filter(is_owner=True)) == [oda]
    assert Team.objects.count() == 1


def test_reading_and_writing_have_their_methods(signed_in: Any, oda: User) -> None:
    client = signed_in(oda)
    assert client.post(URL).status_code == 405
    assert client.get(ADD).status_code == 405
    asked = client.get(removal(oda)).text
    assert "Give up being an owner" in asked
    assert "Nobody else is an owner" in asked

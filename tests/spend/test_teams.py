"""Teams and allocations, for owners: an admin of a team divides what it has."""

import datetime
import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Team, User
from gateways import catalogue
from spend import ledger, purse_balances
from spend.models import PurseBalance, Transfer
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

URL = reverse("spend:teams")


def page(team: Team | None = None) -> str:
    return reverse("spend:team", args=[(team or factories.team()).pk])


def allocate(team: Team | None = None) -> str:
    return reverse("spend:allocate", args=[(team or factories.team()).pk])


def allocation(**fields: Any) -> dict[str, Any]:
    return {
        "unit": "integral",
        "amount": 500,
        "note": "May",
        "key": uuid.uuid4(),
    } | fields


# --- The list


def test_every_team_is_listed_with_what_it_has(
    signed_in: Any, oda: User, alice: User, bob: User
) -> None:
    factories.artwork(alice)
    text = " ".join(signed_in(oda).get(URL).text.split())
    assert "Studio" in text
    assert "Elsewhere" in text
    (bobs, studio) = signed_in(oda).get(URL).context["teams"]
    assert (bobs.people, studio.people) == (1, 2)
    assert ("sandbox.wujie", "integral", 9_996, 4) in studio.purses


def test_each_number_is_named_as_its_column(
    signed_in: Any, oda: User, alice: User
) -> None:
    factories.artwork(alice)
    page = signed_in(oda).get(URL).text
    (body,) = re.findall(r"(?s)<tbody>(.*)</tbody>", page)
    names = re.findall(r'data-label="([^"]+)"', body)
    assert names[:3] == ["People", "Available", "Spent"]
    assert body.count("<div") == body.count("</div>")
    assert body.count("<td") == body.count("</td>")


def test_the_list_costs_the_same_with_many_teams(
    signed_in: Any, oda: User, django_assert_num_queries: Any
) -> None:
    client = signed_in(oda)
    client.get(URL)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for number in range(10):
        factories.team(f"Team {number}", images=0)
    with django_assert_num_queries(len(few)):
        client.get(URL)


def test_pages_of_teams_follow_each_other(
    signed_in: Any, oda: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spend.views.teams.PAGE", 1)
    Team.objects.create(name="Atelier")
    client = signed_in(oda)
    first = client.get(URL)
    assert [each.team.name for each in first.context["teams"]] == ["Atelier"]
    second = client.get(URL, {"after": first.context["more"]})
    assert [each.team.name for each in second.context["teams"]] == ["Studio"]


# --- Allocations


def test_any_team_gets_more(signed_in: Any, oda: User, bob: User) -> None:
    elsewhere = factories.team("Elsewhere")
    answer = signed_in(oda).post(allocate(elsewhere), allocation())
    assert answer.url == page(elsewhere)
    assert ledger.balances(elsewhere)["available"] == 10_500
    assert ledger.balances(factories.team())["available"] == 10_000
    row = Transfer.objects.latest("pk")
    assert (row.kind, row.amount, row.user, row.note) == ("allocate", 500, oda, "May")


def test_images_are_given_apart(signed_in: Any, oda: User) -> None:
    signed_in(oda).post(allocate(), allocation(unit="image"))
    assert ledger.balances(factories.team(), "image")["available"] == 600
    assert ledger.balances(factories.team())["available"] == 10_000


def test_a_form_sent_twice_gives_once(signed_in: Any, oda: User) -> None:
    client, form = signed_in(oda), allocation()
    client.post(allocate(), form)
    assert "it is not given twice" in client.post(allocate(), form, follow=True).text
    assert ledger.balances(factories.team())["available"] == 10_500


def test_each_form_has_a_key_of_its_own(signed_in: Any, oda: User) -> None:
    client = signed_in(oda)
    keys = {client.get(page()).context["form"]["key"].value() for _ in range(2)}
    assert len(keys) == 2


def test_an_allocation_is_taken_back(signed_in: Any, oda: User) -> None:
    client, sent = signed_in(oda), allocation(direction="take", amount=5)
    client.post(allocate(), sent)
    assert ledger.balances(factories.team())["available"] == 9_995
    more = sent | {"key": uuid.uuid4(), "amount": 10_000}
    answer = client.post(allocate(), more)
    assert answer.status_code == 422
    assert "Only 9\u202f995 integrals are not used." in answer.text


def test_an_allocation_beyond_the_gateways_balance_asks_first(
    signed_in: Any, oda: User
) -> None:
    """Once, for the very amount that was shown."""
    factories.team("Elsewhere")  # 10 000 more for others
    purse_balances.update("sandbox.wujie", "1", "integral", 20_400)
    client, sent = signed_in(oda), allocation(amount=500)
    asked = client.post(allocate(), sent)
    assert asked.status_code == 422
    assert "The gateway has 20\u202f400 integrals." in asked.text
    assert "could spend 20\u202f500 integrals" in asked.text
    assert ledger.balances(factories.team())["available"] == 10_000
    beyond = asked.context["form"].beyond
    larger = client.post(allocate(), sent | {"amount": 5_000, "beyond": beyond})
    assert larger.status_code == 422
    assert client.post(allocate(), sent | {"beyond": beyond}).status_code == 302
    assert ledger.balances(factories.team())["available"] == 10_500


@pytest.mark.parametrize("balance", [None, 20_500])
def test_an_allocation_within_the_balance_does_not_ask(
    signed_in: Any, oda: User, balance: int | None
) -> None:
    factories.team("Elsewhere")
    purse_balances.update("sandbox.wujie", "1", "integral", balance)
    assert signed_in(oda).post(allocate(), allocation()).status_code == 302


def test_a_balance_of_last_week_says_nothing(signed_in: Any, oda: User) -> None:
    purse_balances.update("sandbox.wujie", "1", "integral", 0)
    long_ago = timezone.now() - datetime.timedelta(days=7)
    PurseBalance.objects.update(read_at=long_ago)
    assert signed_in(oda).post(allocate(), allocation()).status_code == 302


def test_a_read_balance_is_known(oda: User) -> None:
    account = factories.account("wujie")
    assert purse_balances.cover("integral") is None
    catalogue._refresh(account, StubProvider())  # type: ignore[arg-type]
    found = purse_balances.cover("integral")
    assert found is not None
    assert found.held == 77


class StubProvider:
    """Tells a balance, and nothing else."""

    @staticmethod
    def balance() -> int:
        return 77

    @staticmethod
    def models() -> list[Any]:
        return []

    @staticmethod
    def lists() -> dict[str, Any]:
        return {}


@pytest.mark.parametrize(
    "fields", [{"amount": "0"}, {"amount": "-5"}, {"unit": "x"}, {"key": "x"}]
)
def test_what_makes_no_sense_is_not_given(
    signed_in: Any, oda: User, fields: dict[str, str]
) -> None:
    before = Transfer.objects.count()
    assert signed_in(oda).post(allocate(), allocation(**fields)).status_code == 422
    assert Transfer.objects.count() == before


# --- Who may


def test_a_teams_admin_gives_nothing(
    signed_in: Any, otto: User, alice: User, bob: User
) -> None:
    """Neither to the own team nor to another one; the own role there is no matter."""
    bob.memberships.update(role="admin")
    before = Transfer.objects.count()
    for who in (otto, alice, bob):
        client = signed_in(who)
        for team in (factories.team(), factories.team("Elsewhere")):
            assert client.get(page(team)).status_code == 404
            assert client.post(allocate(team), allocation()).status_code == 404
        assert client.get(URL).status_code == 404
    assert Transfer.objects.count() == before


def test_an_owner_need_not_administer_the_team(signed_in: Any, alice: User) -> None:
    alice.set_owner(True, by=None)
    client = signed_in(alice)
    assert client.get(URL).status_code == 200
    client.post(allocate(), allocation())
    assert ledger.balances(factories.team())["available"] == 10_500
    assert client.get(reverse("spend:overview")).status_code == 404


def test_reading_and_writing_have_their_methods(signed_in: Any, oda: User) -> None:
    client = signed_in(oda)
    assert client.post(URL).status_code == 405
    assert client.post(page()).status_code == 405
    assert client.get(allocate()).status_code == 405

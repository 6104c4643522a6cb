"""The list of transfers shows exactly those that the address selects."""

import csv
import io
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from generation import lifecycle
from spend import ledger
from spend.models import Transfer
from spend.views import transfers as view
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

URL = reverse("spend:transfers")
CSV = reverse("spend:transfers_csv")


@pytest.fixture
def work(alice: User, mona: User) -> Any:
    """alice: reserved 8, spent 3, 5 released. mona: reserved 12, spent 1 more."""
    first = factories.generation(alice, reserved=8)
    second = factories.generation(mona, reserved=12, operation="openai-image")
    with transaction.atomic():
        ledger.settle(lifecycle.ledger_subject(first), 8, 3, reference="work:1")
        ledger.settle(lifecycle.ledger_subject(second), 12, 13, reference="work:2")
    return first, second


def kinds(response: Any) -> list[str]:
    return sorted(row.kind for row in response.context["page"].rows)


def test_an_admin_sees_every_transfer(signed_in: Any, otto: User, work: Any) -> None:
    response = signed_in(otto).get(URL)
    assert kinds(response) == [
        "allocate",
        "allocate",
        "release",
        "reserve",
        "reserve",
        "settle",
        "settle",
        "settle_more",
    ]
    first = work[0]
    assert reverse("generation:detail", args=[first.pk]) in response.text
    assert first.reference in response.text
    assert response.context["sum"] is None


def test_an_account_shows_what_went_in_and_out(
    signed_in: Any, otto: User, work: Any
) -> None:
    client, team = signed_in(otto), factories.team()
    for account, balance in ledger.balances(team).items():
        response = client.get(URL, {"account": account, "unit": "integral"})
        assert response.context["sum"] == balance
        signed = sum(row.sign * row.amount for row in response.context["page"].rows)
        assert signed == balance


def test_without_a_unit_nothing_is_added_up(
    signed_in: Any, otto: User, work: Any
) -> None:
    response = signed_in(otto).get(URL, {"account": "available"})
    assert response.context["sum"] is None


def test_each_filter_narrows(
    signed_in: Any, alice: User, otto: User, work: Any
) -> None:
    client = signed_in(otto)
    assert kinds(client.get(URL, {"user": alice.pk})) == [
        "release",
        "reserve",
        "settle",
    ]
    assert kinds(client.get(URL, {"operation": "openai-image"})) == [
        "reserve",
        "settle",
        "settle_more",
    ]
    assert kinds(client.get(URL, {"generation": work[0].pk, "kind": "settle"})) == [
        "settle"
    ]
    assert kinds(client.get(URL, {"unit": "image"})) == ["allocate"]
    today = timezone.localdate()
    assert len(kinds(client.get(URL, {"day": today}))) == 8
    assert kinds(client.get(URL, {"until": "2020-01-01"})) == []
    assert kinds(client.get(URL, {"since": "2999-01-01"})) == []


@pytest.mark.parametrize(
    "query",
    [
        {"user": "x"},
        {"user": str(10**30)},
        {"day": "today"},
        {"kind": "x"},
        {"account": "x"},
        {"unit": "x"},
    ],
)
def test_an_address_that_cannot_be_read_is_404(
    signed_in: Any, otto: User, query: dict[str, str]
) -> None:
    assert signed_in(otto).get(URL, query).status_code == 404
    assert signed_in(otto).get(CSV, query).status_code == 404


@pytest.mark.parametrize(
    "days", [{"since": "soon"}, {"since": "2026-02-02", "until": "2026-02-01"}]
)
def test_days_that_are_none_select_nothing_and_say_so(
    signed_in: Any, otto: User, work: Any, days: dict[str, str]
) -> None:
    answer = signed_in(otto).get(URL, days | {"unit": "integral"})
    assert answer.status_code == 422
    assert answer.context["page"].rows == []
    assert answer.context["form"].errors.keys() == {list(days)[-1]}
    for value in days.values():
        assert f'value="{value}"' in answer.text
    assert signed_in(otto).get(CSV, days).status_code == 200


def test_each_filter_is_a_chip_that_takes_it_back(
    signed_in: Any, otto: User, alice: User, work: Any
) -> None:
    query = {
        "unit": "integral",
        "account": "spent",
        "kind": "settle",
        "user": alice.pk,
        "since": "2026-01-01",
        "generation": "7",
    }
    chips = signed_in(otto).get(URL, query).context["chips"]
    assert [chip.words for chip in chips] == [
        *("integrals", "Account: spent", "spent", alice.display_name),
        *("Generation 7", "2026-01-01 – …"),
    ]
    kind = next(chip for chip in chips if chip.words == "spent")
    left = signed_in(otto).get(URL + kind.href).context["filters"]
    assert not left["kind"]
    assert left["user"] == alice.pk


def test_nothing_found_is_said(signed_in: Any, otto: User) -> None:
    text = signed_in(otto).get(URL, {"generation": "999999"}).text
    assert "Nothing in the books fits these filters." in text


def test_only_admins_see_them(
    signed_in: Any, alice: User, bob: User, mona: User
) -> None:
    for who in (alice, bob, mona):
        for address in (URL, CSV):
            assert signed_in(who).get(address).status_code == 404


def test_another_teams_admin_sees_only_theirs(
    signed_in: Any, bob: User, work: Any
) -> None:
    bob.memberships.update(role="admin")
    assert kinds(signed_in(bob).get(URL)) == ["allocate", "allocate"]


def test_an_admin_elsewhere_sees_here_only_here(
    signed_in: Any, otto: User, bob: User, work: Any
) -> None:
    """An admin of two teams sees the current one's page."""
    elsewhere = bob.memberships.get().team
    otto.memberships.create(team=elsewhere, role="admin")
    assert len(kinds(signed_in(otto).get(URL))) == 8


def test_they_are_read_by_get_only(signed_in: Any, otto: User) -> None:
    for address in (URL, CSV):
        assert signed_in(otto).post(address).status_code == 405


def test_pages_follow_each_other_without_gap(
    signed_in: Any, otto: User, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "PAGE", 3)
    client, cursor, seen = signed_in(otto), "", []
    for _ in range(3):
        response = client.get(URL, {"before": cursor} if cursor else {})
        seen += [row.pk for row in response.context["page"].rows]
        cursor = response.context["page"].older
    assert seen == sorted(Transfer.objects.values_list("pk", flat=True), reverse=True)
    assert cursor == ""


def test_the_sum_is_of_all_pages(
    signed_in: Any, otto: User, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "PAGE", 1)
    query = {"account": "spent", "unit": "integral"}
    assert signed_in(otto).get(URL, query).context["sum"] == 16


def test_the_file_holds_the_chosen_rows(signed_in: Any, otto: User, work: Any) -> None:
    response = signed_in(otto).get(CSV, {"account": "spent"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text))
    assert header[:5] == ["time", "transaction", "amount", "unit", "person"]
    assert sorted((row[1], row[2]) for row in rows) == [
        ("settle", "12"),
        ("settle", "3"),
        ("settle_more", "1"),
    ]


def test_the_page_costs_the_same_queries_with_many_rows(
    signed_in: Any,
    otto: User,
    work: Any,
    django_assert_max_num_queries: Any,
    django_assert_num_queries: Any,
) -> None:
    client, query = signed_in(otto), {"account": "spent", "unit": "integral"}
    client.get(URL, query)
    with django_assert_max_num_queries(16) as few:
        client.get(URL, query)
    for number in range(10):
        factories.artwork(factories.user(f"user{number}"))
    with django_assert_num_queries(len(few)):
        assert len(client.get(URL, query).context["page"].rows) == 13

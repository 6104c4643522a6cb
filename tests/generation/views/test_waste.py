"""Outcomes and waste of a team's work, for its admins."""

import csv
import datetime
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Membership, User
from gateways.providers.base import CostState
from generation import lifecycle, outcomes
from generation.models import Artwork, ProviderTask
from spend import ledger
from spend.models import Transfer
from tests import factories
from tests.pages import HTMX

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

URL = "/waste/"
Moderation = Artwork.Moderation


def failed(who: User, cost: int, days_ago: int = 0, **fields: Any) -> ProviderTask:
    """A failed task that was charged ``cost``."""
    of = factories.generation(who, reserved=cost, **fields)
    task = factories.task(
        of,
        status=ProviderTask.Status.FAILED,
        cost=cost,
        cost_state=CostState.CHARGED.value,
        is_booked=True,
        finished_at=timezone.now() - datetime.timedelta(days_ago),
    )
    with transaction.atomic():
        subject = lifecycle.ledger_subject(of)
        ledger.settle(subject, of.reserved, cost, reference=task.reference)
    return task


def visit(client: Any, address: str) -> None:
    b"".join(client.get(address))


def wasted(page: Any) -> dict[str, int]:
    found = page.context["waste"].wasted
    return {kind: cell.amount for kind, cell in found.items()}


def rows_of(page: Any, table: str) -> dict[str, Any]:
    tables = {str(title): parts for title, parts in page.context["tables"]}
    return {part.words: part.outcome for part in tables[table]}


def test_each_kind_is_told_apart(alice: User, otto: User, signed_in: Any) -> None:
    failed(alice, 7)
    factories.artwork(alice, moderation=Moderation.REJECTED)
    factories.artwork(alice)
    seen, taken = factories.artwork(alice), factories.artwork(alice)
    visit(signed_in(alice), f"/artworks/{seen.pk}/")
    visit(signed_in(alice), f"/artworks/{taken.pk}/picture/?download=1")
    page = signed_in(otto).get(URL)
    assert wasted(page) == {
        "failed": 7,
        "rejected": 4,
        "unopened": 4,
        "undownloaded": 8,
    }
    assert page.context["waste"].percent == 80


def test_days_and_units_are_apart(alice: User, otto: User, signed_in: Any) -> None:
    failed(alice, 7)
    failed(alice, 100, days_ago=50)
    client = signed_in(otto)
    assert wasted(client.get(URL, {"period": "30"}))["failed"] == 7
    assert wasted(client.get(URL, {"period": "90"}))["failed"] == 107
    assert wasted(client.get(URL, {"unit": "image"}))["failed"] == 0


def test_a_day_begins_at_midnight_here(alice: User, otto: User, signed_in: Any) -> None:
    """The first moment of the first day counts, the last one before it does not."""
    week = timezone.localdate() - datetime.timedelta(6)
    midnight = timezone.make_aware(datetime.datetime.combine(week, datetime.time()))
    task = failed(alice, 7)
    for earlier, expected in ((0, 7), (1, 0)):
        at = midnight - datetime.timedelta(seconds=earlier)
        ProviderTask.objects.filter(pk=task.pk).update(finished_at=at)
        page = signed_in(otto).get(URL, {"period": "7"})
        assert wasted(page)["failed"] == expected


def test_a_task_is_rejected_with_all_of_its_pictures(
    alice: User, otto: User, signed_in: Any
) -> None:
    one = factories.artwork(alice, moderation=Moderation.REJECTED)
    row = Artwork.objects.get(pk=one.pk)
    row.pk, row.position, row.moderation = None, 1, Moderation.RELEASED
    row.save()
    found = wasted(signed_in(otto).get(URL))
    assert (found["rejected"], found["unopened"]) == (0, 4)


def test_what_nobody_may_open_is_not_called_unopened(
    alice: User, otto: User, signed_in: Any
) -> None:
    factories.artwork(alice, moderation=Moderation.HELD)
    found = wasted(signed_in(otto).get(URL))
    assert found["unopened"] == found["undownloaded"] == 0


@pytest.mark.parametrize(
    ("address", "is_opened", "is_downloaded"),
    [
        ("/gallery/", False, False),
        ("/artworks/{}/thumbnail/", False, False),
        ("/artworks/{}/", True, False),
        ("/artworks/{}/picture/?download=1", True, True),
    ],
)
def test_only_looking_and_taking_count(
    alice: User, signed_in: Any, address: str, is_opened: bool, is_downloaded: bool
) -> None:
    art = factories.artwork(alice)
    visit(signed_in(alice), address.format(art.pk))
    art.refresh_from_db()
    assert (art.first_opened_at is not None) is is_opened
    assert (art.first_downloaded_at is not None) is is_downloaded


def test_only_the_first_time_is_written(
    alice: User, mona: User, signed_in: Any
) -> None:
    art = factories.artwork(alice)
    address = f"/artworks/{art.pk}/picture/?download=1"
    visit(signed_in(alice), address)
    first = Artwork.objects.values("first_opened_at", "first_downloaded_at").get()
    for again in (address, f"/artworks/{art.pk}/"):
        visit(signed_in(mona), again)
    assert Artwork.objects.values(*first).get() == first


def test_a_stranger_neither_sees_nor_marks_it(
    alice: User, bob: User, signed_in: Any
) -> None:
    art = factories.artwork(alice)
    for address in ("", "picture/?download=1"):
        answer = signed_in(bob).get(f"/artworks/{art.pk}/{address}")
        assert answer.status_code == 404
    art.refresh_from_db()
    assert art.first_opened_at is None


def test_tables_tell_what_came_of_each(
    alice: User, mona: User, otto: User, signed_in: Any
) -> None:
    factories.artwork(alice)
    failed(alice, 4, model="2")
    failed(mona, 0, operation="openai-image")
    page = signed_in(otto).get(URL)
    people = rows_of(page, "People")
    assert (people["alice"].percent, people["alice"].ended.amount) == (50, 2)
    assert people["alice"].wasted["failed"].amount == 4
    assert people["mona"].percent == 0, "what cost nothing is told as well"
    assert rows_of(page, "Operations")["openai-image"].percent == 0
    assert rows_of(page, "Models")["1"].percent == 50
    assert rows_of(page, "Teams")["Studio"].ended.amount == 3


def plain(chosen: Callable[[ProviderTask], bool]) -> int:
    """What tasks cost, by the transfers that name them."""
    total = 0
    for task in ProviderTask.objects.select_related("generation"):
        if chosen(task):
            for row in Transfer.objects.filter(reference=task.reference):
                total += row.amount * (row.destination.kind == "spent")
    return total


@pytest.mark.slow
def test_every_number_leads_to_generations_that_cost_it(
    alice: User, mona: User, otto: User, signed_in: Any
) -> None:
    for who in (alice, mona):
        failed(who, 7)
        factories.artwork(who)
        factories.artwork(who, moderation=Moderation.REJECTED)
    client = signed_in(otto)
    text = client.get(URL).text
    links = re.findall(r'<a href="(/waste/[^"]+)">([^<]+)</a>', text)
    kinds = {address.split("/")[2] for address, _ in links}
    assert kinds == {"ended", "failed", "rejected", "unopened", "undownloaded"}
    assert len(links) > 15
    for address, number in links:
        page = client.get(address.replace("&amp;", "&"))
        shown = [card.generation.pk for card in page.context["cards"]]
        if "/ended/" not in address:
            assert page.context["cost"] == int(number)
        assert page.context["cost"] == plain(
            lambda task, shown=shown: task.generation_id in shown
        )
    of_alice = f"/waste/failed/?user={alice.pk}"
    assert client.get(of_alice).context["cost"] == plain(
        lambda task: task.generation.requested_by == alice and task.status == "failed"
    )


def test_another_team_of_theirs_is_a_row_with_links(
    alice: User, bob: User, otto: User, signed_in: Any
) -> None:
    elsewhere = bob.memberships.get().team
    failed(bob, 9)
    client = signed_in(otto)
    assert "Elsewhere" not in client.get(URL).text
    assert client.get("/waste/failed/", {"team": elsewhere.pk}).status_code == 404
    Membership.objects.create(user=otto, team=elsewhere, role="admin")
    row = rows_of(client.get(URL), "Teams")["Elsewhere"]
    assert row.wasted["failed"].amount == 9
    page = client.get(row.wasted["failed"].link)
    assert page.context["cost"] == 9
    assert [card.generation.team for card in page.context["cards"]] == [elsewhere]


def test_the_file_holds_what_the_tables_show(
    alice: User, otto: User, signed_in: Any
) -> None:
    factories.artwork(alice)
    failed(alice, 7)
    client = signed_in(otto)
    answer = client.get("/waste.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    assert head[0] == "table"
    tables = client.get(URL).context["tables"]
    assert len(rows) == sum(len(parts) for _, parts in tables)
    assert [
        "People",
        "alice",
        "11",
        "100",
        "50",
        "2",
        "7",
        "0",
        "4",
        "4",
        "integral",
    ] in rows


def test_it_is_a_page_and_its_part(otto: User, signed_in: Any) -> None:
    client = signed_in(otto)
    part = client.get(URL, headers={"hx-request": "true"}).text
    assert part.strip().startswith('<div id="outcomes">')
    whole = client.get(URL).text
    assert "<html" in whole
    assert 'id="outcomes"' in whole


def test_scrolling_brings_the_next_part_alone(
    alice: User, otto: User, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.views.waste.PAGE", 1)
    for _ in range(2):
        failed(alice, 7)
    client = signed_in(otto)
    older = client.get("/waste/failed/").context["older"]
    part = client.get("/waste/failed/", {"before": older}, headers=HTMX).text
    assert part.count("<article") == 1
    assert "<html" not in part
    assert "poller" not in part


def test_queries_do_not_grow(
    alice: User,
    otto: User,
    signed_in: Any,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    client = signed_in(otto)
    failed(alice, 7)
    for address, most in ((URL, 22), ("/waste/failed/", 22)):
        client.get(address)
        with django_assert_max_num_queries(most) as few:
            client.get(address)
        for number in range(4):
            failed(factories.user(f"{address[-4:-1]}{number}"), 7)
        with django_assert_num_queries(len(few)):
            client.get(address)


def test_only_admins_of_the_team_see_it(
    alice: User, mona: User, otto: User, bob: User, signed_in: Any
) -> None:
    failed(alice, 7)
    addresses = (URL, "/waste.csv", "/waste/failed/")
    for address in addresses:
        for who in (alice, mona):
            assert signed_in(who).get(address).status_code == 404
        assert signed_in(otto).post(address).status_code == 405
    assert signed_in(otto).get("/waste/nothing/").status_code == 404
    bob.memberships.update(role="admin")
    assert wasted(signed_in(bob).get(URL))["failed"] == 0


def test_of_two_at_once_the_first_is_kept(alice: User) -> None:
    """Both read it as not opened; the database takes one."""
    rows = Artwork.objects.filter(pk=factories.artwork(alice).pk)
    first, later = timezone.now(), timezone.now() + datetime.timedelta(1)
    assert (rows.mark_opened(first), rows.mark_downloaded(first)) == (1, 1)
    assert (rows.mark_opened(later), rows.mark_downloaded(later)) == (0, 0)
    assert rows.filter(first_opened_at=first, first_downloaded_at=first).exists()


@pytest.mark.parametrize("filters", [{}, {"user": 1}, {"operation": "wujie-drawing"}])
def test_it_reads_the_days_alone(filters: dict[str, Any]) -> None:
    """Not all that the team ever asked for: seven days of years cost seven days."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL chooses by what it knows of the rows.")
    today = timezone.localdate()
    scope = outcomes.Scope([1, 2], "integral", today, today, True, filters)
    first, *_ = outcomes.ended(scope).explain().splitlines()
    assert "tasks_that_ended" in first

"""Opening leases and logs; composing a page only reads. A decision leases once."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from generation.models import Artwork
from log import chain
from log.models import RowIsFinal
from moderation import review_leases
from moderation.models import Desk, LeaseEvent, Review
from moderation.presenters import review_page, sheet_page
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

HTMX = {"HX-Request": "true"}
NEXT = reverse("moderation:next")
WRITES = ("INSERT", "UPDATE", "DELETE")
#: Queries of one request. (When composing a page leased: 49, 34, 35, 13.)
MOST_QUERIES_OF_A_DECISION = 39
MOST_QUERIES_OF_A_PAGE = 37
MOST_QUERIES_OF_NEXT_AHEAD = 28
MOST_QUERIES_OF_NEXT = 12


@pytest.fixture
def held(alice: User, mona: User) -> list[Artwork]:
    Desk.objects.create(user=mona)
    with transaction.atomic():  # the team's chain is there
        chain.append(chain.Event(factories.team().pk, "decision"))
    return [
        factories.artwork(alice, moderation="held", verdict="review") for _ in range(4)
    ]


def url(name: str, artwork: Artwork) -> str:
    return reverse(f"moderation:{name}", args=[artwork.pk])


def writes(queries: list[dict[str, str]]) -> list[str]:
    found = [query["sql"] for query in queries]
    return [sql for sql in found if sql.startswith(WRITES) or "FOR UPDATE" in sql]


@pytest.fixture
def queries() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as captured:
        yield captured


@pytest.fixture
def composed(
    queries: CaptureQueriesContext, monkeypatch: pytest.MonkeyPatch
) -> list[int]:
    """The numbers of queries that were made before a page was composed."""
    begun: list[int] = []
    for presenter in (review_page, sheet_page):
        context = presenter.context

        def watched(*args: Any, of: Any = context) -> Any:
            begun.append(len(queries))
            return of(*args)

        monkeypatch.setattr(presenter, "context", watched)
    return begun


# --- Composing


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "part"])
def test_composing_a_review_page_writes_nothing(
    signed_in: Any,
    held: list[Artwork],
    mona: User,
    queries: CaptureQueriesContext,
    composed: list[int],
    headers: dict[str, str],
) -> None:
    client = signed_in(mona)
    client.get(url("review", held[0]), headers=headers)
    (begun,) = composed
    assert writes(queries.captured_queries[:begun])  # opening leased it
    assert len(queries) - begun > 10
    assert writes(queries.captured_queries[begun:]) == []


def test_composing_after_a_decision_writes_nothing(
    signed_in: Any,
    held: list[Artwork],
    mona: User,
    queries: CaptureQueriesContext,
    composed: list[int],
) -> None:
    review = factories.review(held[0], claimed_by=mona)
    form = {"action": "release", "claim": review.claim}
    signed_in(mona).post(url("decide", held[0]), form, headers=HTMX)
    (begun,) = composed
    assert writes(queries.captured_queries[begun:]) == []


def test_composing_a_sheet_writes_nothing(
    signed_in: Any,
    held: list[Artwork],
    mona: User,
    queries: CaptureQueriesContext,
    composed: list[int],
) -> None:
    signed_in(mona).get(reverse("moderation:sheet"))
    (begun,) = composed
    assert LeaseEvent.objects.count() == len(held)
    assert writes(queries.captured_queries[begun:]) == []


@pytest.mark.parametrize("name", ["queue", "desk", "numbers", "exports", "rulebook"])
def test_pages_that_open_nothing_write_nothing(
    signed_in: Any, held: list[Artwork], otto: User, name: str
) -> None:
    client = signed_in(otto)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(reverse(f"moderation:{name}")).status_code == 200
    assert writes(captured.captured_queries) == []
    assert not Desk.objects.filter(user=otto).exists()


# --- One lease


def leases_of(queries: CaptureQueriesContext) -> list[str]:
    """The statements that begin, renew or end a lease."""
    found = writes(queries.captured_queries)
    updates = [sql for sql in found if sql.startswith('UPDATE "moderation_review"')]
    return [sql for sql in updates if "\"status\" = 'decided'" not in sql]


def test_a_decision_leases_the_next_item_once(
    signed_in: Any, held: list[Artwork], mona: User
) -> None:
    first, following = held[:2]
    review = factories.review(first, claimed_by=mona)
    client, form = signed_in(mona), {"action": "release", "claim": review.claim}
    with CaptureQueriesContext(connection) as captured:
        response = client.post(url("decide", first), form, headers=HTMX)
    assert response["HX-Push-Url"].startswith(url("review", following))
    assert 'data-key="a"' in response.text
    assert len(leases_of(captured)) == 1
    event = LeaseEvent.objects.get(artwork=following)
    assert (event.kind, event.by, event.claim) == ("claim", mona, 1)
    assert len(captured) <= MOST_QUERIES_OF_A_DECISION


def test_an_item_that_is_loaded_ahead_is_leased_once(
    signed_in: Any, held: list[Artwork], mona: User
) -> None:
    first = factories.review(held[0], claimed_by=mona)
    client, asked = signed_in(mona), {"ahead": "1", "shown": first.pk}
    with CaptureQueriesContext(connection) as captured:
        response = client.get(NEXT, asked, headers=HTMX)
    assert url("review", held[1]) in response.text
    assert len(leases_of(captured)) == 1
    assert LeaseEvent.objects.filter(artwork=held[1]).count() == 1
    assert len(captured) <= MOST_QUERIES_OF_NEXT_AHEAD


def test_opening_a_page_leases_once(
    signed_in: Any, held: list[Artwork], mona: User
) -> None:
    client = signed_in(mona)
    with CaptureQueriesContext(connection) as captured:
        client.get(url("review", held[0]))
    assert len(leases_of(captured)) == 1
    assert len(captured) <= MOST_QUERIES_OF_A_PAGE
    with CaptureQueriesContext(connection) as captured:
        client.get(NEXT)
    assert len(captured) <= MOST_QUERIES_OF_NEXT
    assert LeaseEvent.objects.count() == 2


def test_a_held_item_that_is_given_again_is_renewed(
    held: list[Artwork], mona: User
) -> None:
    team = held[0].team_id
    first = review_leases.take_next(mona, team)
    assert first
    for _ in range(review_leases.MOST_HELD - 1):
        review_leases.take_next(mona, team)
    Review.objects.update(claimed_until=first.claimed_until)
    again = review_leases.take_next(mona, team)
    assert again == first
    row = Review.objects.get(pk=first.pk)
    assert again
    assert first.claimed_until
    assert row.claimed_until == again.claimed_until
    assert row.claimed_until
    assert row.claimed_until > first.claimed_until
    assert row.claim == first.claim


# --- Lease events


def test_lease_events_are_append_only(held: list[Artwork], mona: User) -> None:
    review_leases.take_next(mona, held[0].team_id)
    event = LeaseEvent.objects.get()
    for change in (event.save, event.delete, LeaseEvent.objects.all().delete):
        with pytest.raises(RowIsFinal):
            change()
    with pytest.raises(RowIsFinal):
        LeaseEvent.objects.update(kind="skip")

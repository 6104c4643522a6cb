"""Turns: everybody's next picture stands about as far in front."""

import datetime
import random
import uuid

import pytest
from django.utils import timezone

from accounts.models import User
from gateways import catalogue
from gateways.models import GatewayAccount
from gateways.providers.base import Quote
from gateways.providers.errors import Unavailable
from generation import lifecycle
from generation.lifecycle import fair_queue
from generation.models import Generation
from generation.operations import OPERATIONS
from spend.units import Unit
from tests import factories

pytestmark = pytest.mark.both_databases

Status = Generation.Status


@pytest.fixture
def asks(db):
    """``asks(user, 3)``: three generations accepted, as the form would."""

    def ask(user, count=1, pictures=1, provider="wujie"):
        operation = OPERATIONS[f"{provider}-drawing"]
        unit = Unit.INTEGRAL if provider == "wujie" else Unit.IMAGE
        cleaned = {**factories.PARAMETERS[provider], "pictures": pictures}
        return [
            lifecycle.submit(
                operation=operation,
                cleaned={**cleaned, "prompt": f"{user} {number}"},
                quote=Quote(pictures, unit),
                requested_by=user,
                team=user.memberships.get().team,
                submit_key=uuid.uuid4(),
            )
            for number in range(count)
        ]

    return ask


def taken(limit, provider="wujie"):
    """Whose were claimed, in order; they end at once, so that room is never short."""
    claims = lifecycle.claim_queued(provider, limit)
    Generation.objects.filter(pk__in=[c.generation.pk for c in claims]).update(
        status=Status.RUNNING
    )
    return [claim.generation for claim in claims]


def names(generations):
    return [generation.requested_by.username for generation in generations]


def test_a_hundred_do_not_hold_up_one(asks, alice, mona):
    asks(alice, 100)
    taken(10)
    (hers,) = asks(mona)
    order = [row.pk for row in taken(4)]
    assert hers.pk in order[:2]


def test_everybody_is_served_in_turn(asks, alice, mona, otto):
    asks(alice, 30)
    asks(mona, 10)
    asks(otto, 2)
    first = names(taken(9))
    assert [first.count(who) for who in ("alice", "mona", "otto")] == [4, 3, 2]
    assert names(taken(40)).count("alice") == 26


def test_pictures_count_and_not_requests(asks, alice, mona):
    asks(alice, 10, pictures=4)
    asks(mona, 10)
    rows = taken(10)
    hers = sum(row.pictures for row in rows if row.requested_by == alice)
    theirs = sum(row.pictures for row in rows if row.requested_by == mona)
    assert abs(hers - theirs) <= 4


def test_who_waited_for_nothing_saved_nothing_up(asks, alice, mona):
    """Turns that were sent only rise: a newcomer begins where the queue is."""
    asks(alice, 50)
    taken(40)
    asks(mona, 50)
    mine = names(taken(20))
    assert 8 <= mine.count("alice") <= 10


def test_a_person_who_returns_begins_where_the_queue_is(asks, alice, mona):
    asks(mona)
    taken(1)
    asks(alice, 50)
    taken(40)
    asks(mona, 50)
    mine = names(taken(20))
    assert 8 <= mine.count("alice") <= 10


def test_asking_again_at_once_takes_nobodys_place(asks, alice, mona, otto):
    """Two who always have one waiting do not starve the third, who has many."""
    asks(alice, 40)
    asks(mona)
    asks(otto)
    served = []
    for _ in range(60):
        (row,) = taken(1)
        served.append(row.requested_by.username)
        if row.requested_by != alice:
            asks(row.requested_by)
    assert served.count("alice") >= 18


@pytest.mark.slow
@pytest.mark.parametrize("end", ["cancelled", "given up"])
def test_what_was_never_sent_takes_no_turn(asks, alice, mona, end):
    """A hundred taken back, or given up with their account's pause, cost no place."""
    rows = asks(alice, 100)
    if end == "cancelled":
        for row in rows:
            assert lifecycle.cancel(row) == lifecycle.Cancelled.WHOLE
    else:
        old = timezone.now() - datetime.timedelta(hours=25)
        Generation.objects.update(created_at=old)
        lifecycle.sweep()
    asks(mona, 3)
    (hers,) = asks(alice)
    assert hers.turn == 0
    assert hers.pk in [row.pk for row in taken(2)]


def test_a_retry_keeps_its_turn_and_takes_nobody_back(asks, alice, mona):
    asks(alice, 30)
    (claim,) = lifecycle.claim_queued("wujie", 1)
    retried = claim.generation
    lifecycle.book_sent(claim, Unavailable("busy", code="20110000"))
    taken(20)
    Generation.objects.filter(pk=retried.pk).update(send_after=timezone.now())
    (hers,) = asks(mona)
    assert hers.turn >= 19
    order = taken(3)
    assert order[0] == retried
    asks(mona)
    assert GatewayAccount.objects.get(provider="wujie").turn >= 20


@pytest.mark.slow
def test_many_people_with_retries_are_served_alike(db, asks):
    """Random arrivals, sizes and retries: whoever always waits gets an equal share."""
    dice, team = random.Random(7), factories.team(integrals=10**6)
    people = User.objects.bulk_create(
        User(username=f"person {number}") for number in range(8)
    )
    for person in people:
        person.memberships.create(team=team)
        asks(person, 25 if person == people[0] else 6)
    served = dict.fromkeys(people, 0)
    for _ in range(60):
        for claim in lifecycle.claim_queued("wujie", 2):
            row = claim.generation
            if dice.random() < 0.25:
                lifecycle.book_sent(claim, Unavailable("busy", code="20110000"))
                Generation.objects.filter(pk=row.pk).update(send_after=timezone.now())
                continue
            Generation.objects.filter(pk=row.pk).update(status=Status.RUNNING)
            served[row.requested_by] += row.pictures
            if row.requested_by != people[0]:
                asks(row.requested_by, pictures=dice.choice([1, 1, 2, 4]))
    assert min(served.values()) > 0
    assert max(served.values()) <= 2 * min(served.values())


def test_gateways_have_queues_of_their_own(asks, alice, mona):
    asks(alice, 20)
    taken(15)
    (first,) = asks(alice, provider="jumdata")
    assert first.turn == 0
    assert taken(4, "jumdata") == [first]


# --- Ahead


def ahead(generation):
    front = fair_queue.front(generation.provider)
    return fair_queue.ahead(front, generation.turn, generation.pk)


def test_pictures_before_it_are_counted(asks, alice, mona):
    first, second, third = asks(alice, 3, pictures=2)
    (hers,) = asks(mona)
    assert [ahead(row) for row in (first, hers, second, third)] == [0, 2, 3, 5]


def test_counting_stops_somewhere(asks, alice, django_assert_num_queries):
    rows = asks(alice, 60, pictures=2)
    with django_assert_num_queries(1):
        front = fair_queue.front("wujie")
    assert fair_queue.ahead(front, rows[-1].turn, rows[-1].pk) == 101
    assert fair_queue.ahead(front, rows[10].turn, rows[10].pk) == 20


def test_the_next_one_would_stand_behind_its_turn(asks, alice, mona):
    asks(alice, 5)
    accounts = catalogue.accounts("wujie").values()
    front = fair_queue.front("wujie")
    mine = fair_queue.next_turn("wujie", accounts, alice)
    assert fair_queue.ahead(front, mine, None) == 5
    hers = fair_queue.next_turn("wujie", accounts, mona)
    assert fair_queue.ahead(front, hers, None) == 1

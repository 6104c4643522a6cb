"""A series: all of its cells or none, paused, resumed and cancelled as one."""

import uuid

import pytest

from gateways.providers.base import Quote
from gateways.providers.errors import Unavailable
from generation import lifecycle
from generation.lifecycle import series_steering as steering
from generation.models import Generation, Series
from generation.operations import OPERATIONS
from generation.series import accepting
from reconciliation import invariants
from spend import ledger
from spend.budgets import BudgetExceeded
from spend.ledger import FundsExceeded
from spend.models import Budget, Transfer
from spend.units import Unit
from tests import factories
from tests.engine import at_once

pytestmark = pytest.mark.both_databases

Status = Generation.Status


def accepted(user, cells=3, **fields):
    made = factories.series(user, cells, **fields)
    accepting.accept(made, confirmed=4 * cells)
    return made


def generations(series):
    return Generation.objects.filter(cell__series=series).order_by("cell__position")


def states(series):
    return sorted(generations(series).values_list("status", flat=True))


def balance(kind):
    return ledger.balances(factories.team())[kind]


def single(user):
    operation = OPERATIONS["wujie-drawing"]
    return lifecycle.submit(
        operation=operation,
        cleaned={**factories.PARAMETERS["wujie"], "prompt": "one"},
        quote=Quote(4, Unit.INTEGRAL),
        requested_by=user,
        team=user.memberships.get().team,
        submit_key=uuid.uuid4(),
    )


def whose(claims):
    return [claim.generation.requested_by.username for claim in claims]


# --- Accepted


def test_each_cell_is_a_queued_generation(alice):
    series = accepted(alice)
    rows = list(generations(series))
    assert [row.prompt for row in rows] == ["Harbour 0", "Harbour 1", "Harbour 2"]
    assert {row.status for row in rows} == {Status.QUEUED}
    assert [row.turn for row in rows] == [0, 1, 2]
    assert (series.status, balance("reserved")) == ("running", 12)
    said = Transfer.objects.filter(kind="reserve").values_list("reference", "amount")
    assert set(said) == {(row.reference, 4) for row in rows}
    assert list(invariants.broken()) == []


def test_what_a_cell_asks_for_is_what_will_be_sent(alice):
    (row,) = generations(accepted(alice, 1))
    order = lifecycle.order_of(row)
    assert (order.body["prompt"], order.body["model"]) == ("Harbour 0", 1)


def test_a_second_press_accepts_nothing(alice):
    series = accepted(alice)
    assert accepting.accept(series, confirmed=12) == 0
    assert Generation.objects.count() == 3
    assert balance("reserved") == 12


@pytest.mark.django_db(transaction=True)
def test_many_presses_at_once_accept_once(alice):
    series = factories.series(alice, 5)

    def press(_):
        return accepting.accept(Series.objects.get(pk=series.pk), confirmed=20)

    assert sorted(at_once(press, threads=4)) == [0, 0, 0, 5]
    assert balance("reserved") == 20
    assert list(invariants.broken()) == []


def refused(series, error, confirmed=12):
    with pytest.raises(error) as found:
        accepting.accept(series, confirmed=confirmed)
    series.refresh_from_db()
    assert series.status == "draft"
    assert not Generation.objects.exists()
    assert not Transfer.objects.filter(kind="reserve").exists()
    assert list(invariants.broken()) == []
    return found.value


def test_a_budget_too_small_refuses_the_whole(alice):
    Budget.objects.create(team=factories.team(), user=alice, limit=11)
    assert refused(factories.series(alice, 3), BudgetExceeded).left == 11


def test_funds_too_small_refuse_the_whole(alice):
    factories.team().ledger_accounts.filter(kind="available").update(balance=11)
    series = factories.series(alice, 3)
    with pytest.raises(FundsExceeded):
        accepting.accept(series, confirmed=12)
    assert not Generation.objects.exists()


def test_the_cap_refuses_the_whole(alice):
    assert refused(factories.series(alice, 3, cap=11), accepting.CapExceeded).left == 11


def test_another_total_than_confirmed_is_refused(alice):
    series = factories.series(alice, 3)
    assert refused(series, accepting.PriceChanged, confirmed=8).total == 12


def test_the_cap_counts_what_was_accepted_before(alice):
    series = accepted(alice, 2, cap=11)
    series.cells.create(
        position=2, parameters={"prompt": "late"}, pictures=1, cost=4, texts={}
    )
    with pytest.raises(accepting.CapExceeded) as error:
        accepting.accept(series, confirmed=4)
    assert error.value.left == 3
    assert generations(series).count() == 2


def test_wrong_cells_stay_for_later(alice):
    series = factories.series(alice, 3)
    series.cells.filter(position=1).update(is_wrong=True)
    assert accepting.accept(series, confirmed=8) == 2
    series.cells.filter(position=1).update(is_wrong=False)
    assert accepting.accept(series, confirmed=4) == 1
    assert generations(series).count() == 3
    assert list(invariants.broken()) == []


def test_a_month_counts_it_once(alice):
    budget = Budget.objects.create(team=factories.team(), user=alice, limit=100)
    series = accepted(alice, 5)
    assert budget.months.get().used == 20
    steering.cancel(series)
    assert budget.months.get().used == 0


# --- Paused, resumed, cancelled


def test_paused_cells_are_not_claimed(alice):
    series = accepted(alice)
    assert steering.pause(series)
    assert states(series) == ["paused"] * 3
    assert lifecycle.claim_queued("wujie", 9) == []
    assert balance("reserved") == 12
    assert not steering.pause(series)
    assert list(invariants.broken()) == []


def test_resumed_cells_are_claimed_once(alice):
    series = accepted(alice)
    steering.pause(series)
    assert steering.resume(series)
    assert len(lifecycle.claim_queued("wujie", 9)) == 3
    assert lifecycle.claim_queued("wujie", 9) == []


def test_resumed_cells_pass_nobody(alice, mona):
    series = accepted(alice, 6)
    steering.pause(series)
    for _ in range(4):
        single(mona)
    lifecycle.claim_queued("wujie", 3)
    steering.resume(series)
    assert "mona" in whose(lifecycle.claim_queued("wujie", 3))


def test_own_pictures_do_not_wait_for_a_paused_series(alice, mona):
    series = accepted(alice, 6)
    steering.pause(series)
    own = single(alice)
    assert own.turn == 0


def test_a_single_picture_waits_no_longer_than_before(alice, mona):
    accepted(alice, 100)
    lifecycle.claim_queued("wujie", 10)
    single(mona)
    assert "mona" in whose(lifecycle.claim_queued("wujie", 2))


def test_cancelled_cells_are_released(alice):
    series = accepted(alice)
    lifecycle.claim_queued("wujie", 1)
    assert steering.cancel(series) == 2
    assert states(series) == ["cancelled", "cancelled", "submitting"]
    assert balance("reserved") == 4
    assert steering.cancel(series) is None
    assert list(invariants.broken()) == []


def test_a_paused_series_can_be_cancelled(alice):
    series = accepted(alice)
    steering.pause(series)
    assert steering.cancel(series) == 3
    assert (balance("reserved"), balance("available")) == (0, 10_000)
    assert not steering.resume(series)
    assert list(invariants.broken()) == []


def test_a_paused_cell_can_be_cancelled_alone(alice):
    series = accepted(alice)
    steering.pause(series)
    assert lifecycle.cancel(generations(series)[1]) == lifecycle.Cancelled.WHOLE
    steering.resume(series)
    assert states(series) == ["cancelled", "queued", "queued"]


@pytest.mark.parametrize(
    ("act", "after"),
    [(steering.pause, "paused"), (steering.cancel, "cancelled")],
)
def test_what_comes_back_unsent_follows_its_series(alice, act, after):
    series = accepted(alice, 1)
    (submission,) = lifecycle.claim_queued("wujie", 1)
    act(series)
    lifecycle.book_sent(submission, Unavailable("busy"))
    assert states(series) == [after]
    assert balance("reserved") == (4 if after == "paused" else 0)
    assert list(invariants.broken()) == []


@pytest.mark.django_db(transaction=True)
def test_pausing_and_claiming_at_once_lose_nothing(alice):
    series = accepted(alice, 30)
    claimed = []

    def act(number):
        if number == 0:
            return steering.pause(Series.objects.get(pk=series.pk))
        return claimed.extend(lifecycle.claim_queued("wujie", 10))

    at_once(act, threads=3)
    found = states(series)
    assert found.count("submitting") == len(claimed)
    assert found.count("paused") == 30 - len(claimed)


def test_a_large_series_is_written_at_once(alice, django_assert_max_num_queries):
    series = factories.series(alice, 1000)
    with django_assert_max_num_queries(120):
        accepting.accept(series, confirmed=4000)
    with django_assert_max_num_queries(60):
        steering.pause(series)
        steering.resume(series)
        steering.cancel(series)
    assert balance("available") == 10_000

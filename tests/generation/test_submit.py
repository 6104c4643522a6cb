"""A checked form becomes one generation with its reservation, or nothing at all."""

import uuid

import pytest
from django.utils import timezone

from gateways.providers.base import Quote
from generation import lifecycle
from generation.models import Generation
from generation.operations import OPERATIONS
from reconciliation import invariants
from spend import ledger
from spend.budgets import BudgetExceeded
from spend.models import Budget, BudgetMonth, Transfer
from spend.units import Unit
from tests import factories
from tests.engine import at_once

pytestmark = pytest.mark.both_databases

WUJIE = OPERATIONS["wujie-drawing"]
JUMDATA = OPERATIONS["jumdata-drawing"]
CLEANED = {
    "prompt": "空山新雨后",
    "model": "1",
    "size": "1024x768",
    "pictures": 2,
    "style": "水彩",
    "negative_prompt": "",
    "width": None,
    "height": None,
    "cfg": 7.5,
    "seed": "42",
}


def submit(user, *, cost=4, key=None, operation=WUJIE, cleaned=CLEANED):
    return lifecycle.submit(
        operation=operation,
        cleaned=cleaned,
        quote=Quote(cost, operation.unit),
        requested_by=user,
        team=user.memberships.get().team,
        submit_key=key or uuid.uuid4(),
    )


def test_it_reserves_the_quote(alice):
    generation = submit(alice, cost=6)
    assert generation.status == Generation.Status.QUEUED
    assert generation.send_after <= timezone.now()
    assert (generation.reserved, generation.unit) == (6, "integral")
    assert (generation.pictures, generation.width, generation.height) == (2, 1024, 768)
    transfer = Transfer.objects.get(kind="reserve")
    assert (transfer.amount, transfer.reference) == (6, f"generation:{generation.pk}")
    said = (transfer.provider, transfer.operation, transfer.model, transfer.user)
    assert said == ("wujie", "wujie-drawing", "1", alice)
    assert ledger.balances(factories.team())["reserved"] == 6
    assert list(invariants.broken()) == []


def test_jumdata_is_reserved_in_images(alice):
    cleaned = {
        "prompt": "城",
        "resolution": "1024*1536",
        "pictures": 3,
        "style": "古风",
    }
    generation = submit(alice, cost=3, operation=JUMDATA, cleaned=cleaned)
    assert generation.unit == Unit.IMAGE
    assert ledger.balances(factories.team(), "image")["reserved"] == 3
    assert ledger.balances(factories.team(), "integral")["reserved"] == 0


def test_what_was_accepted_is_what_will_be_sent(alice):
    generation = submit(alice)
    generation.refresh_from_db()  # the parameters have been through the database
    assert lifecycle.order_of(generation) == WUJIE.order(CLEANED)


def test_a_quote_of_nothing_reserves_nothing(alice):
    assert submit(alice, cost=0).status == Generation.Status.QUEUED
    assert not Transfer.objects.filter(kind="reserve").exists()


def test_the_same_form_twice_is_one_generation(alice):
    key = uuid.uuid4()
    first = submit(alice, key=key)
    again = submit(alice, key=key, cost=9)
    assert again.pk == first.pk
    assert Generation.objects.count() == 1
    assert Transfer.objects.filter(kind="reserve").count() == 1


def test_the_key_of_another_person_is_no_key(alice, mona):
    key = uuid.uuid4()
    assert submit(alice, key=key).pk != submit(mona, key=key).pk


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_are_one_generation(alice):
    key = uuid.uuid4()
    made = at_once(lambda _: submit(alice, key=key).pk, threads=6)
    assert len(set(made)) == 1
    assert Transfer.objects.filter(kind="reserve").count() == 1
    assert ledger.balances(factories.team())["reserved"] == 4
    assert list(invariants.broken()) == []


@pytest.mark.django_db(transaction=True)
def test_many_forms_at_once_never_pass_the_budget(alice):
    Budget.objects.create(team=factories.team(), user=alice, limit=10)

    def try_one(_):
        try:
            return submit(alice)
        except BudgetExceeded:
            return None

    made = at_once(try_one, threads=6)
    assert sum(generation is not None for generation in made) == 2
    assert Generation.objects.count() == 2
    assert BudgetMonth.objects.get().used == 8
    assert list(invariants.broken()) == []


def test_over_the_budget_nothing_is_left_behind(alice):
    Budget.objects.create(team=factories.team(), user=alice, limit=5)
    with pytest.raises(BudgetExceeded):
        submit(alice, cost=6)
    assert not Generation.objects.exists()
    assert not Transfer.objects.exclude(kind="allocate").exists()
    assert not BudgetMonth.objects.filter(used__gt=0).exists()


def test_beyond_the_funds_nothing_is_left_behind(alice):
    Budget.objects.create(team=factories.team(), user=alice, limit=1_000_000)
    with pytest.raises(ledger.FundsExceeded):
        submit(alice, cost=10_001)
    assert not Generation.objects.exists()
    assert not Transfer.objects.exclude(kind="allocate").exists()
    assert not BudgetMonth.objects.filter(used__gt=0).exists()


# --- What the portal chooses


@pytest.mark.parametrize("typed", ["", "-1"])
def test_where_no_seed_is_given_the_portal_chooses_one(alice, typed):
    made = [submit(alice, cleaned={**CLEANED, "seed": typed}) for _ in range(2)]
    seeds = [lifecycle.order_of(generation).body["seed"] for generation in made]
    assert all(seed.isdecimal() and 0 < int(seed) < 2**31 for seed in seeds)
    assert len(set(seeds)) == 2
    assert [generation.parameters["seed"] for generation in made] == [typed] * 2


def test_a_typed_seed_is_sent_as_typed(alice):
    generation = submit(alice)
    assert lifecycle.order_of(generation).body["seed"] == "42"
    assert "chosen_seed" not in generation.parameters


def test_jumdata_knows_no_seed(alice):
    cleaned = {"prompt": "城", "resolution": "1024*1536", "pictures": 1, "style": ""}
    generation = submit(alice, cost=1, operation=JUMDATA, cleaned=cleaned)
    assert generation.parameters == {k: v for k, v in cleaned.items() if k != "prompt"}

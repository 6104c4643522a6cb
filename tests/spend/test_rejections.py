"""What a rejected picture costs follows the team's rule, once."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from generation import lifecycle
from spend import ledger, ledger_invariants, rejections, spend_rules
from spend.models import Budget, SpendRule
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.mark.parametrize(
    ("rule", "refunded", "spent", "lost"),
    [
        (None, 4, 4, 0),
        ("keep", 4, 4, 0),
        ("write_off", 0, 0, 4),
        ("refund", 0, 4, 0),
        ("refund", 3, 1, 0),
    ],
)
def test_the_rule_is_followed(
    alice: User, rule: str | None, refunded: int, spent: int, lost: int
) -> None:
    budget = Budget.objects.create(team=factories.team(), user=alice, limit=50)
    picture = factories.artwork(alice)
    if rule:
        spend_rules.set_rule(factories.team(), {"rejection": rule})
    with transaction.atomic():
        followed = rejections.book(
            lifecycle.ledger_subject(picture.generation),
            4,
            reference=f"artwork:{picture.pk}",
            refunded=refunded,
        )
    assert followed == (rule or "keep")
    balances = ledger.balances(factories.team())
    assert (balances["spent"], balances["written_off"]) == (spent, lost)
    assert budget.months.get().used == spent + lost
    assert list(ledger_invariants.broken()) == []


def test_nothing_is_written_off_twice(alice: User) -> None:
    picture = factories.artwork(alice)
    who = lifecycle.ledger_subject(picture.generation)
    spend_rules.set_rule(factories.team(), {"rejection": "write_off"})
    with transaction.atomic():
        rejections.book(who, 2, reference="artwork:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        rejections.book(who, 2, reference="artwork:1")


def test_an_admin_sets_the_rule(otto: User, mona: User, signed_in: Any) -> None:
    url = "/spend/budgets/rule/"
    sent = {"rejection": "write_off", "ask_above_percent": "25"}
    assert signed_in(mona).post(url, sent).status_code == 404
    signed_in(otto).post(url, {"rejection": "nonsense"})
    assert not SpendRule.objects.exists()
    signed_in(otto).post(url, sent)
    assert rejections.rule(factories.team()) == "write_off"


def test_units_are_shown_together_at_a_rate(
    alice: User, otto: User, signed_in: Any
) -> None:
    factories.artwork(alice)
    factories.artwork(alice, generation_fields={"provider": "jumdata", "reserved": 3})
    page = signed_in(otto)
    assert page.get("/spend/").context["together"] is None
    page.post("/spend/budgets/rates/", {"unit": "image", "integrals": "2.5"})
    assert page.get("/spend/").context["together"].integrals == round(4 + 3 * 2.5)
    page.post("/spend/budgets/rates/", {"unit": "image", "integrals": "-1"})
    assert page.get("/spend/").context["together"] is not None
    page.post("/spend/budgets/rates/", {"unit": "image", "integrals": ""})
    assert page.get("/spend/").context["together"] is None

"""Every figure on the spend page equals a plain sum over the transfers."""

import datetime
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from spend import ledger, reports
from spend.forecasts import forecast
from spend.models import Transfer
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

TODAY = timezone.localdate()
Chosen = Callable[[Transfer], bool]


@pytest.fixture
def busy(alice: User, mona: User, otto: User) -> None:
    """Transfers of every kind over 70 days, by three people, at two gateways."""
    dice = random.Random(6)
    team = factories.team()
    with transaction.atomic():
        ledger.allocate(
            team, "integral", 900, by=otto, reference="allocation:r", gateway="wujie"
        )
        ledger.allocate(team, "image", 900, by=otto, reference="allocation:i")
    for number in range(120):
        who = ledger.Subject(
            team.pk,
            dice.choice((alice, mona, otto)).pk,
            dice.choice(("integral", "integral", "image")),
            number,
            "wujie",
            dice.choice(("wujie-drawing", "openai-image", "avatar")),
            dice.choice(("1", "2")),
            dice.choice(("", "", "wujie")) if number % 2 else "",
        )
        if who.unit == "image" and who.gateway:
            continue
        day = TODAY - datetime.timedelta(dice.randrange(70))
        with pytest.MonkeyPatch.context() as patch, transaction.atomic():
            patch.setattr(timezone, "localdate", lambda day=day: day)
            one_generation(who, number, dice)


def one_generation(who: ledger.Subject, number: int, dice: random.Random) -> None:
    ledger.reserve(who, 6, reference=f"generation:{number}")
    ending = dice.randrange(7)
    if ending == 0:
        return
    if ending == 1:
        ledger.write_off(who, 6, reference=f"generation:{number}")
        return
    cost = dice.randrange(1, 9)
    ledger.settle(who, 6, cost, reference=f"task:{number}")
    if ending == 2:
        ledger.refund(who, cost, reference=f"task:{number}")
    elif ending == 3:
        ledger.write_off_rejected(who, cost, reference=f"task:{number}")
    elif ending == 4:
        ledger.correct(who, cost, cost + 2, reference=f"task:{number}:1")


def plain(
    rows: list[Transfer], account: str, chosen: Chosen, key: Callable[[Transfer], Any]
) -> Counter:
    """Key → net amount of an account."""
    found: Counter = Counter()
    for row in rows:
        if chosen(row):
            found[key(row)] += row.amount * (
                (row.destination.kind == account) - (row.source.kind == account)
            )
    return Counter({each: amount for each, amount in found.items() if amount})


FILTERS: list[dict[str, str]] = [
    {},
    {"by": "user"},
    {"by": "model"},
    {"by": "team"},
    {"gateway": "wujie"},
    {"operation": "avatar"},
    {"user": "alice", "by": "user"},
    {"model": "2"},
]


@pytest.mark.slow
def test_every_figure_is_a_plain_sum(
    busy: None, alice: User, otto: User, signed_in: Any
) -> None:
    client = signed_in(otto)
    rows = list(Transfer.objects.select_related("source", "destination"))
    for unit in ("integral", "image"):
        for period in ("7", "30", "90", "month"):
            for more in FILTERS:
                compare(client, rows, alice, unit, period, more)


def compare(
    client: Any,
    rows: list[Transfer],
    alice: User,
    unit: str,
    period: str,
    more: dict[str, str],
) -> None:
    query = {"unit": unit, "period": period} | more
    if "user" in query:
        query["user"] = str(alice.pk)
    page = client.get("/spend/", query).context
    selected = page["query"]

    def filtered(row: Transfer) -> bool:
        return (
            (row.source.unit, row.source.gateway) == (unit, selected.gateway)
            and query.get("operation", row.operation) == row.operation
            and query.get("model", row.model) == row.model
            and query.get("user", str(row.user_id)) == str(row.user_id)
        )

    def inside(span: reports.Period) -> Chosen:
        return lambda row: filtered(row) and span.start <= row.day <= span.end

    def purse(row: Transfer) -> bool:
        return (row.source.unit, row.source.gateway) == (unit, selected.gateway)

    def spent(span: reports.Period) -> int:
        return sum(plain(rows, "spent", inside(span), lambda row: "").values())

    figures, end = page["figures"], selected.period_before.end
    assert figures["spent"] == spent(selected.period)
    assert figures["spent_before"] == spent(selected.period_before)
    assert figures["month"] == spent(selected.month)
    assert figures["month_before"] == spent(selected.month_before)
    for name, account, sign in (
        ("reserved", "reserved", 1),
        ("available", "available", 1),
        ("lost", "written_off", 1),
        ("allocated", "allocation", -1),
    ):
        whole = plain(rows, account, purse, lambda row: "")
        assert figures[name] == sign * whole[""], name
    for name in ("reserved", "available"):
        until = plain(
            rows, name, lambda row: purse(row) and row.day <= end, lambda row: ""
        )
        assert figures[f"{name}_before"] == until[""], name

    keys: dict[str, Callable[[Transfer], Any]] = {
        "People": lambda row: row.user_id,
        "Operations": lambda row: row.operation,
        "Models": lambda row: row.model,
        "Teams": lambda row: row.team_id,
    }
    for title, parts in page["tables"]:
        shown = {part.key: part.amount for part in parts if part.amount}
        assert shown == plain(
            rows, "spent", inside(selected.period), keys[str(title)]
        ), title
    by_day = plain(rows, "spent", inside(selected.period), lambda row: row.day)
    days = {row.day: row.total.amount for row in page["by_day"].rows}
    assert {day: amount for day, amount in days.items() if amount} == by_day
    for row in page["by_day"].rows:
        assert sum(cell.amount for cell in row.cells) == row.total.amount

    of_month = plain(rows, "spent", inside(selected.month), lambda row: row.day)
    full = [of_month[day] for day in selected.month.days if day < TODAY]
    expected = forecast(full, of_month[TODAY], len(selected.month.days))
    assert page["forecast"] == expected

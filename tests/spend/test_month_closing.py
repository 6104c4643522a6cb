"""A month closes once, with a statement that equals its transfers."""

import datetime
import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from spend import ledger, ledger_invariants, month_closing, reports
from spend.models import ClosedMonth
from tests import factories
from tests.tampering import tamper

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

TODAY = timezone.localdate()
LAST_MONTH = TODAY.replace(day=1) - datetime.timedelta(1)


def spend(user: User, number: int, day: datetime.date, amount: int = 10) -> Any:
    who = ledger.Subject(factories.team().pk, user.pk, "integral", number, "x", "op")
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(timezone, "localdate", lambda: day)
        ledger.reserve(who, amount, reference=f"generation:{number}")
        ledger.settle(who, amount, amount - 2, reference=f"task:{number}")
    return who


def test_the_statement_holds_what_moved(alice: User, otto: User) -> None:
    earlier = LAST_MONTH.replace(day=1) - datetime.timedelta(3)
    spend(alice, 1, earlier)
    spend(alice, 2, LAST_MONTH)
    spend(otto, 3, LAST_MONTH, 20)
    spend(alice, 4, TODAY)
    closed = month_closing.close(factories.team(), LAST_MONTH, by=otto)
    (entry,) = [each for each in closed.statement if each["unit"] == "integral"]
    assert entry["accounts"]["spent"] == {
        "opening": 8,
        "came_in": 26,
        "went_out": 0,
        "closing": 34,
    }
    assert entry["accounts"]["reserved"]["closing"] == 0
    assert entry["people"] == [["otto", 18], ["alice", 8]]
    assert sum(each["closing"] for each in entry["accounts"].values()) == 0


def test_what_comes_later_is_booked_later(alice: User, otto: User) -> None:
    who = spend(alice, 2, LAST_MONTH)
    closed = month_closing.close(factories.team(), LAST_MONTH, by=otto)
    with pytest.raises(IntegrityError, match="the month is closed"):
        spend(alice, 3, LAST_MONTH)
    with transaction.atomic():
        ledger.refund(who, 8, reference="task:2")
    spent = reports.spending(factories.team(), "integral", reports.month_of(TODAY))
    assert reports.total(spent) == -8
    now = month_closing.statement(factories.team(), reports.month_of(LAST_MONTH))
    assert now == closed.statement
    assert list(ledger_invariants.broken()) == []


def test_closing_shows_what_will_be_and_what_is_open(
    alice: User, otto: User, signed_in: Any
) -> None:
    spend(alice, 2, LAST_MONTH)
    who = ledger.Subject(factories.team().pk, alice.pk, "integral", 3)
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(timezone, "localdate", lambda: LAST_MONTH)
        ledger.reserve(who, 12, reference="generation:3")
    url = f"/spend/months/{LAST_MONTH:%Y-%m}/close/"
    page = signed_in(otto).get(url)
    assert "1 generation holds 12 integrals back." in page.text
    assert signed_in(alice).get(url).status_code == 404
    (entry,) = page.context["entries"]
    spent = next(row for row in entry["rows"] if str(row.words) == "spent")
    assert spent.amounts["closing"] == 8
    assert f"since={LAST_MONTH.replace(day=1)}" in spent.link
    with transaction.atomic():
        ledger.settle(who, 12, 12, reference="task:3")
    assert "All work of this month is settled." in signed_in(otto).get(url).text


@pytest.mark.parametrize("typed", ["", "yes", "2020-01"])
def test_a_month_is_not_closed_by_one_press(
    alice: User, otto: User, signed_in: Any, typed: str
) -> None:
    spend(alice, 2, LAST_MONTH)
    url = f"/spend/months/{LAST_MONTH:%Y-%m}/closing/"
    answer = signed_in(otto).post(url, {"confirmation": typed})
    assert answer.status_code == 422
    assert "Nothing was closed." in answer.text
    assert f'value="{typed}"' in answer.text
    assert not ClosedMonth.objects.exists()


def test_a_running_or_closed_month_has_no_closing_page(
    alice: User, otto: User, signed_in: Any
) -> None:
    spend(alice, 2, LAST_MONTH)
    month_closing.close(factories.team(), LAST_MONTH, by=otto)
    for day in (LAST_MONTH, TODAY):
        url = f"/spend/months/{day:%Y-%m}/close/"
        assert signed_in(otto).get(url).status_code == 302


def test_a_statement_that_is_not_so_is_found(alice: User, otto: User) -> None:
    spend(alice, 2, LAST_MONTH)
    closed = month_closing.close(factories.team(), LAST_MONTH, by=otto)
    closed.statement[0]["accounts"]["spent"]["closing"] += 1
    said = json.dumps(closed.statement)
    tamper(f"UPDATE spend_closedmonth SET statement = '{said}'")
    assert list(ledger_invariants.wrong_statements())


def test_it_closes_once_and_when_it_is_over(alice: User, otto: User) -> None:
    spend(alice, 2, LAST_MONTH)
    with pytest.raises(month_closing.StillRunning):
        month_closing.close(factories.team(), TODAY, by=otto)
    month_closing.close(factories.team(), LAST_MONTH, by=otto)
    with pytest.raises(IntegrityError), transaction.atomic():
        month_closing.close(factories.team(), LAST_MONTH, by=otto)


def test_an_admin_closes_it_on_its_page(
    alice: User, otto: User, bob: User, signed_in: Any
) -> None:
    spend(alice, 2, LAST_MONTH)
    url = f"/spend/months/{LAST_MONTH:%Y-%m}"
    page = signed_in(otto)
    assert f"{LAST_MONTH:%Y-%m}" in page.get("/spend/months/").content.decode()
    assert "as it stands now" in page.get(f"{url}/").content.decode()
    assert page.get(f"{url}.csv").status_code == 404
    sent = {"confirmation": f"{LAST_MONTH:%Y-%m}"}
    assert signed_in(alice).post(f"{url}/closing/", sent).status_code == 404
    page.post(f"{url}/closing/", sent)
    closed = ClosedMonth.objects.get()
    assert (closed.closed_by, closed.start.day) == (otto, 1)
    assert "as it stood" in page.get(f"{url}/").content.decode().lower()
    text = b"".join(page.get(f"{url}.csv").streaming_content).decode()
    assert ",spent,0,8,0,8" in text
    assert page.get("/spend/months/nonsense/").status_code == 404
    now = f"{TODAY:%Y-%m}"
    page.post(f"/spend/months/{now}/closing/", {"confirmation": now})
    assert ClosedMonth.objects.count() == 1

"""The spend page: every number is a sum of transfers, and links to them."""

import csv
import datetime
import io
import re
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import User
from gateways import catalogue
from spend import ledger, model_names, reports
from spend.models import Transfer
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

URL = reverse("spend:overview")
CSV = reverse("spend:overview_csv")


def spend(
    user: User, amount: int, days_ago: int = 0, *, operation: str = "", **fields: Any
) -> ledger.Subject:
    """Reserve and settle, dated ``days_ago``."""
    day = timezone.localdate() - datetime.timedelta(days_ago)
    number = 1_000_000 + Transfer.objects.count()
    team = user.memberships.get().team
    unit = fields.pop("unit", "integral")
    slug = operation or "wujie-drawing"
    model = fields.pop("model", "")
    who = ledger.Subject(team.pk, user.pk, unit, number, "wujie", slug, model)
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(timezone, "localdate", lambda: day)
        ledger.reserve(who, amount, reference=f"generation:{number}")
        ledger.settle(who, amount, amount, reference=f"task:{number}")
    return who


def lists_models(names: dict[str, str]) -> None:
    """Model names of the gateway's catalogue."""
    model_names.update(catalogue.account("wujie").purse, names)


def people_of(response: Any) -> Any:
    return {str(title): parts for title, parts in response.context["tables"]}["People"]


def rows_of(response: Any) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_an_admin_sees_the_figures(signed_in: Any, alice: User, otto: User) -> None:
    spend(alice, 48)
    spend(alice, 20, days_ago=40)
    factories.generation(alice, reserved=12)
    figures = signed_in(otto).get(URL).context["figures"]
    assert figures["spent"] == 48
    assert figures["spent_before"] == 20
    assert figures["reserved"] == 12
    assert figures["available"] == 10_000 - 48 - 20 - 12
    assert figures["allocated"] == 10_000


def test_what_was_written_off_is_told(signed_in: Any, alice: User, otto: User) -> None:
    lost = factories.generation(alice, reserved=12)
    with transaction.atomic():
        who = ledger.Subject(lost.team_id, alice.pk, "integral", lost.pk)
        ledger.write_off(who, 12, reference=lost.reference)
    page = signed_in(otto).get(URL)
    address = page.context["figures"]["lost_link"]
    assert f'<a href="{escape(address)}">12</a> written off' in page.text
    assert signed_in(otto).get(address).context["sum"] == 12


def test_every_number_leads_to_rows_that_add_up_to_it(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    spend(alice, 48)
    spend(mona, 7, days_ago=3, operation="openai-image")
    spend(alice, 5, days_ago=3)
    spend(otto, 90, days_ago=35)
    back = spend(alice, 30, days_ago=3)
    with transaction.atomic():
        ledger.refund(back, 10, reference="back:1")
    factories.generation(alice, reserved=12)
    client = signed_in(otto)
    text = client.get(URL, {"period": "30"}).text
    links = re.findall(r'<a href="(/spend/transfers/\?[^"]+)">([^<]+)</a>', text)
    assert len(links) > 15
    for address, number in links:
        followed = client.get(address.replace("&amp;", "&"))
        # An allocation goes out of where it comes from.
        assert abs(followed.context["sum"]) == int(re.sub(r"\D", "", number)), address
        assert followed.context["page"].rows or number == "0"


def test_the_forecast_explains_itself(
    signed_in: Any, alice: User, otto: User, monkeypatch: Any
) -> None:
    """Ten a day on the first nine days of a month of thirty: three hundred."""
    tenth = datetime.date(2026, 6, 10)
    for day in range(1, 10):
        spend(alice, 10, (timezone.localdate() - tenth.replace(day=day)).days)
    monkeypatch.setattr("spend.query.timezone.localdate", lambda: tenth)
    client = signed_in(otto)
    page = client.get(URL)
    assert '<a href="#forecast">300</a>' in page.text
    told = re.search(r'id="forecast">(.*?)</p>', page.text, re.DOTALL)
    assert told
    words = re.sub(r"<[^>]+>", "", told[1])
    words = " ".join(words.split())
    assert "The 9 full days of this month came to 90, 10.0 a day." in words
    assert "The other 21 days, today included, would add 210" in words
    assert "at that pace: 300 in all." in words
    behind = client.get(page.context["full_days_link"])
    assert behind.context["sum"] == page.context["forecast"].so_far == 90


def test_on_its_last_day_the_month_is_over(
    signed_in: Any, alice: User, otto: User, monkeypatch: Any
) -> None:
    last = datetime.date(2026, 6, 30)
    for day in (1, 2, 3, 30):
        spend(alice, 10, (timezone.localdate() - last.replace(day=day)).days)
    monkeypatch.setattr("spend.query.timezone.localdate", lambda: last)
    page = signed_in(otto).get(URL)
    assert page.context["forecast"] is None
    assert "the month is over" in page.text
    assert 'id="forecast"' not in page.text
    assert page.context["figures"]["month"] == 40


def test_shares_add_up(signed_in: Any, otto: User) -> None:
    """Three thirds are 34, 33 and 33 per cent."""
    for number in range(3):
        spend(factories.user(f"user{number}"), 10)
    tables = dict(signed_in(otto).get(URL).context["tables"])
    people = next(rows for title, rows in tables.items() if str(title) == "People")
    assert sorted(part.percent for part in people) == [33, 33, 34]


def test_another_team_of_theirs_leads_to_its_transfers(
    signed_in: Any, bob: User, otto: User
) -> None:
    spend(bob, 9)
    elsewhere = bob.memberships.get().team
    client = signed_in(otto)
    for address in (URL, CSV, reverse("spend:transfers")):
        assert client.get(address, {"team": elsewhere.pk}).status_code == 404
    otto.memberships.create(team=elsewhere, role="member")
    assert client.get(URL, {"team": elsewhere.pk}).status_code == 404
    otto.memberships.filter(team=elsewhere).update(role="admin")
    (row,) = (
        part
        for title, parts in client.get(URL).context["tables"]
        for part in parts
        if part.words == "Elsewhere"
    )
    assert client.get(row.link).context["sum"] == row.amount == 9
    assert client.get(URL + row.filter).context["figures"]["spent"] == 9


def test_units_are_apart(signed_in: Any, alice: User, otto: User) -> None:
    spend(alice, 48)
    spend(alice, 3, unit="image")
    client = signed_in(otto)
    assert client.get(URL).context["figures"]["spent"] == 48
    images = client.get(URL, {"unit": "image"})
    assert images.context["figures"]["spent"] == 3
    assert [part.amount for part in people_of(images)] == [3]


def test_bars_and_table_say_the_same(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    spend(alice, 48)
    spend(mona, 12)
    by_day = signed_in(otto).get(URL, {"by": "user", "period": "7"}).context["by_day"]
    assert by_day.columns == ["alice", "mona"]
    assert len(by_day.rows) == 7
    assert [cell.amount for cell in by_day.rows[0].cells] == [48, 12]
    assert by_day.rows[0].total.amount == 60
    assert [bar.amount for bar in by_day.chart.bars] == [48, 12]


def test_beyond_the_colours_all_are_others(
    signed_in: Any, alice: User, otto: User
) -> None:
    for number in range(9):
        spend(alice, 10 + number, operation=f"operation-{number}")
    by_day = signed_in(otto).get(URL).context["by_day"]
    assert by_day.columns[-1] == "others"
    assert len(by_day.columns) == 7
    today = by_day.rows[0]
    assert today.cells[-1].amount == 10 + 11 + 12
    assert today.total.amount == sum(10 + number for number in range(9))


def test_shares_are_of_the_whole(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    spend(alice, 75)
    spend(mona, 25)
    people = people_of(signed_in(otto).get(URL))
    assert [(part.words, part.percent) for part in people] == [
        ("alice", 75),
        ("mona", 25),
    ]


@pytest.mark.parametrize(("period", "days"), [("7", 7), ("30", 30), ("90", 90)])
def test_the_period_is_in_the_address(
    signed_in: Any, otto: User, period: str, days: int
) -> None:
    response = signed_in(otto).get(URL, {"period": period})
    assert len(response.context["query"].period.days) == days


def test_the_month_is_compared_with_the_month_before(
    signed_in: Any, otto: User
) -> None:
    found = signed_in(otto).get(URL, {"period": "month"}).context["query"]
    today = timezone.localdate()
    assert found.period == reports.month_of(today)
    assert found.period_before.end == today.replace(day=1) - datetime.timedelta(1)
    assert found.period_before.start.day == 1


@pytest.mark.parametrize(
    "query", [{"unit": "x"}, {"period": "999999999"}, {"by": "team_id"}, {"unit": ""}]
)
def test_nonsense_shows_the_first_choice(
    signed_in: Any, otto: User, query: dict[str, str]
) -> None:
    found = signed_in(otto).get(URL, query).context["query"]
    assert (found.unit, found.chosen.name, found.group) == (
        "integral",
        "30",
        "operation",
    )


def test_a_new_team_sees_an_empty_page(signed_in: Any, otto: User) -> None:
    assert "Nothing was spent in this period." in signed_in(otto).get(URL).text


def test_only_admins_see_it(signed_in: Any, alice: User, bob: User, mona: User) -> None:
    for who in (alice, bob, mona):
        for address in (URL, CSV):
            assert signed_in(who).get(address).status_code == 404


def test_another_teams_admin_sees_only_theirs(
    signed_in: Any, alice: User, bob: User
) -> None:
    spend(alice, 48)
    bob.memberships.update(role="admin")
    response = signed_in(bob).get(URL)
    assert response.context["figures"]["spent"] == 0
    assert "alice" not in response.text


def test_it_is_read_by_get_only(signed_in: Any, otto: User) -> None:
    assert signed_in(otto).post(URL).status_code == 405
    assert signed_in(otto).post(CSV).status_code == 405


def test_the_file_holds_what_the_screen_shows(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    spend(alice, 48)
    spend(mona, 12, days_ago=2)
    query = {"by": "user", "period": "7"}
    response = signed_in(otto).get(CSV, query)
    assert response["Content-Type"].startswith("text/csv")
    rows = rows_of(response)
    today = timezone.localdate()
    assert rows[0] == ["day", "alice", "mona", "total", "unit"]
    assert len(rows) == 8
    assert rows[-1] == [today.isoformat(), "48", "0", "48", "integral"]
    assert sum(int(row[3]) for row in rows[1:]) == 60


def test_no_name_becomes_a_formula(signed_in: Any, otto: User) -> None:
    evil = factories.user("+evil")
    evil.first_name = "=1+1"
    evil.save()
    spend(evil, 4)
    rows = rows_of(signed_in(otto).get(CSV, {"by": "user"}))
    assert rows[0][1] == "'=1+1"


def test_the_page_costs_the_same_queries_with_many_rows(
    signed_in: Any,
    alice: User,
    otto: User,
    django_assert_max_num_queries: Any,
    django_assert_num_queries: Any,
) -> None:
    client = signed_in(otto)
    spend(alice, 4)
    client.get(URL, {"by": "user"})
    with django_assert_max_num_queries(30) as few:
        client.get(URL, {"by": "user"})
    for number in range(12):
        spend(factories.user(f"user{number}"), 4, days_ago=number)
    with django_assert_num_queries(len(few)):
        client.get(URL, {"by": "user"})


def test_the_reconciliation_strip_stands_on_top(signed_in: Any, oda: User) -> None:
    factories.account("wujie")
    page = signed_in(oda).get(URL).text
    assert page.index("never checked so far") < page.index('class="figures"')
    assert "focus.csv" in page
    images = signed_in(oda).get(URL, {"unit": "image"}).text
    assert "never checked so far" not in images


def test_an_admin_sees_no_shared_books(signed_in: Any, otto: User) -> None:
    factories.account("wujie")
    assert "never checked so far" not in signed_in(otto).get(URL).text


def test_a_model_has_its_name(signed_in: Any, alice: User, otto: User) -> None:
    """The code for an unlisted model, a dash for none."""
    lists_models({"127": "XL 4K"})
    for number, code in enumerate(("127", "odd", "")):
        spend(alice, 30 - number, model=code)
    client = signed_in(otto)
    response = client.get(URL, {"by": "model"})
    models = {str(title): parts for title, parts in response.context["tables"]}
    assert [part.words for part in models["Models"]] == ["XL 4K", "odd", "–"]
    assert "model=127" in models["Models"][0].link
    assert response.context["by_day"].columns == ["XL 4K", "odd", "–"]
    assert rows_of(client.get(CSV, {"by": "model"}))[0][1:4] == ["XL 4K", "odd", "–"]
    assert client.get(URL, {"model": "127"}).context["query"].model == "XL 4K"


def test_a_link_names_whom_it_leads_to(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    """Also on a filtered page, and with unknown filters."""
    spend(alice, 5)
    spend(mona, 4)
    client = signed_in(otto)
    for query in ({}, {"user": alice.pk}, {"model": "{}%00"}, {"operation": "x&y=1"}):
        people = people_of(client.get(URL, query))
        for part in people:
            assert f"user={part.key}&" in part.link
            assert f"user={part.key}" in part.filter
    narrowed = people_of(client.get(URL, {"user": alice.pk}))
    assert [part.key for part in narrowed] == [alice.pk]
    assert client.get(narrowed[0].link).context["page"].rows[0].user == alice

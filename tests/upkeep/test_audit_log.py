"""Admins read who changed their team, owners who changed the installation."""

import datetime
import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from log import changes
from log.models import Change
from tests import factories
from upkeep.views import audit_log as view

pytestmark = pytest.mark.django_db

URL = reverse("upkeep:audit_log")
CSV = reverse("upkeep:audit_log_csv")


@pytest.fixture
def changed(otto: User, oda: User, alice: User, bob: User) -> None:
    """One of each kind that words differ for; one in another team."""
    team, elsewhere = factories.team(), bob.memberships.get().team
    record, kind = changes.record, changes.Kind
    record(kind.ROLE, "alice", by=otto, team=team, before="member", after="admin")
    limit = {"before": "400", "after": "5000 soft", "note": "integral"}
    record(kind.LIMIT, "alice", by=otto, team=team, **limit)
    record(kind.RULES, by=otto, team=team, before=1, after=2, note="stricter")
    record(kind.OWNER, "mona", by=oda, before=0, after=1)
    paused = {"before": "active", "after": "paused", "note": "sending"}
    record(kind.GATEWAY, "sandbox-1", by=oda, **paused)
    record(kind.SIGN_IN, "Nightingale", by=bob, team=elsewhere)


def told(response: Any) -> list[tuple[str, ...]]:
    found = response.context["lines"]
    return [(row.what, row.about, row.before, row.after) for row in found]


def test_an_admin_reads_the_teams_changes(
    changed: None, signed_in: Any, otto: User
) -> None:
    assert told(signed_in(otto).get(URL)) == [
        ("Review rules changed", "stricter", "Version 1", "Version 2"),
        (
            "Limit changed",
            "alice · integrals",
            "400",
            "5\N{NARROW NO-BREAK SPACE}000, warns only",
        ),
        ("Role changed", "alice", "Member", "Admin"),
    ]


def test_an_owner_reads_the_installations(
    changed: None, signed_in: Any, oda: User
) -> None:
    oda.memberships.update(role="member")
    rows = told(signed_in(oda).get(URL))
    assert rows[:2] == [
        ("Gateway account: state", "sandbox-1", "in use", "paused"),
        ("Owner added", "mona", "", ""),
    ]
    assert "alice" not in {about for _what, about, *_values in rows}


def test_others_find_no_such_page(signed_in: Any, alice: User, mona: User) -> None:
    for user in (alice, mona):
        assert signed_in(user).get(URL).status_code == 404
        assert signed_in(user).get(CSV).status_code == 404


@pytest.mark.parametrize(
    ("sent", "abouts"),
    [
        ({"group": "limits"}, ["alice · integrals"]),
        ({"person": "ALICE"}, ["alice · integrals", "alice"]),
        ({"person": "otto", "group": "rules"}, ["stricter"]),
        ({"until": "2026-01-31"}, ["late", "early"]),
        ({"since": "2026-01-31", "until": "2026-01-31"}, ["late"]),
        ({"person": "nobody"}, []),
    ],
)
def test_filters_choose_rows(
    changed: None,
    signed_in: Any,
    otto: User,
    sent: dict[str, str],
    abouts: list[str],
) -> None:
    for about, day in (("early", 30), ("late", 31)):
        zone = timezone.get_current_timezone()
        at = datetime.datetime(2026, 1, day, 23, 59, tzinfo=zone)
        Change.objects.create(
            team=factories.team(), kind="joined", about=about, created_at=at
        )
    found = told(signed_in(otto).get(URL, sent))
    assert [about for _what, about, *_values in found] == abouts


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"since": "2026-13-45"}, "since"),
        ({"group": "money"}, "group"),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "until"),
    ],
)
def test_a_bad_filter_is_named(
    changed: None, signed_in: Any, otto: User, sent: dict[str, str], field: str
) -> None:
    response = signed_in(otto).get(URL, sent)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert told(response) == []
    assert len(csv_lines(signed_in(otto).get(CSV, sent))) == 1


def test_older_ones_are_behind_a_link(
    changed: None, signed_in: Any, otto: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "PAGE", 2)
    client = signed_in(otto)
    first = client.get(URL, {"person": "otto"})
    older = re.search(r'href="(\?[^"]*before=[^"]*)"', first.text)
    assert older
    second = client.get(URL + older[1].replace("&amp;", "&"))
    rows = told(first) + told(second)
    assert [what for what, *_ in rows] == [
        *("Review rules changed", "Limit changed", "Role changed")
    ]


def csv_lines(response: Any) -> list[str]:
    return b"".join(response.streaming_content).decode("utf-8-sig").splitlines()


def test_the_csv_holds_what_is_on_the_screen(
    changed: None, signed_in: Any, otto: User
) -> None:
    header, line = csv_lines(signed_in(otto).get(CSV, {"group": "people"}))
    assert header == "time,by,team,kind,about,before,after,note"
    assert line.endswith(",otto,Studio,role,alice,member,admin,")


def test_many_rows_cost_no_more_queries(
    signed_in: Any,
    otto: User,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    client, team = signed_in(otto), factories.team()
    changes.record("joined", "alice", by=otto, team=team)
    client.get(URL)
    with django_assert_max_num_queries(20) as few:
        client.get(URL)
    for number in range(30):
        changes.record("joined", f"user{number}", by=otto, team=team)
    with django_assert_num_queries(len(few)):
        client.get(URL)

"""Limits, for a team's admins: one table, edited in its rows."""

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from log.models import Change
from spend import limit_undo
from spend.models import Budget, BudgetMonth, RoleLimit, first_of_month
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

URL = reverse("spend:budgets")
LIMIT = reverse("spend:set_limit")
THIS_MONTH = first_of_month(timezone.localdate())
HTMX = {"HTTP_HX_REQUEST": "true"}


def sent(who: object = "", limit: str = "", was: str = "") -> dict[str, Any]:
    return {"who": who, "unit": "integral", "limit": limit, "was": was}


def rows(page: Any) -> dict[str, Any]:
    return {row.key: row for row in page.context["rows"]}


def test_every_person_stands_with_limit_and_rest(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    factories.generation(alice, reserved=8)
    Budget.objects.create(team=factories.team(), limit=100)
    Budget.objects.create(team=factories.team(), user=alice, limit=20)
    RoleLimit.objects.create(team=factories.team(), role="moderator", limit=30)
    page = signed_in(otto).get(URL)
    found = rows(page)
    assert list(found) == [
        *("team", "role-member", "role-moderator", "role-admin"),
        *(str(user.pk) for user in (alice, mona, otto)),
    ]
    team, own, none = found["team"], found[str(alice.pk)], found[str(otto.pk)]
    assert (team.used, team.left, team.allowed) == (8, 92, 100)
    assert (own.used, own.left, own.allowed) == (8, 12, 20)
    assert none.allowed is None
    assert found["role-moderator"].people == ["mona"]
    assert found["role-member"].people == []
    assert dict(page.context["purses"])["sandbox.wujie"]["reserved"] == 8


def test_a_limit_is_set_changed_and_lifted(
    signed_in: Any, alice: User, otto: User
) -> None:
    client, was = signed_in(otto), ""
    for limit in ("50", "70", "0", ""):
        answer = client.post(LIMIT, sent(alice.pk, limit, was))
        assert answer.url.startswith(f"{URL}?unit=integral&changed=")
        shown = rows(client.get(URL))[str(alice.pk)]
        assert shown.own == (int(limit) if limit else None)
        was = limit
    told = Change.objects.order_by("pk").values_list("about", "before", "after")
    assert list(told) == [
        *(("alice", "", "50"), ("alice", "50", "70")),
        *(("alice", "70", "0"), ("alice", "0", "")),
    ]


def test_the_teams_limit_counts_what_was_used_before(
    signed_in: Any, alice: User, otto: User
) -> None:
    factories.generation(alice, reserved=8)
    signed_in(otto).post(LIMIT, sent("", "20"))
    budget = Budget.objects.get(user=None)
    assert budget.months.get().used == 8


def test_a_change_is_undone_in_its_row(signed_in: Any, alice: User, otto: User) -> None:
    """With its terms: a limit that only warns does not come back as a hard one."""
    Budget.objects.create(
        team=factories.team(), user=alice, limit=20, is_hard=False, carries_over=True
    )
    client = signed_in(otto)
    answer = client.post(LIMIT, sent(alice.pk, "", "20"), **HTMX)
    row = answer.context["row"]
    assert (row.own, row.before) == (None, "20")
    undo = sent(alice.pk, row.before, "") | {"is_soft": "on", "carries_over": "on"}
    for name in ("is_soft", "carries_over"):
        assert f'name="{name}"' in answer.text
    client.post(LIMIT, undo)
    budget = Budget.objects.get()
    assert (budget.limit, budget.is_hard, budget.carries_over) == (20, False, True)
    assert not budget.is_default


@pytest.mark.parametrize("with_script", [True, False])
def test_an_undone_removal_has_its_increases_again(
    signed_in: Any, otto: User, with_script: bool
) -> None:
    row = Budget.objects.create(team=factories.team(), limit=20)
    BudgetMonth.objects.create(budget=row, month=THIS_MONTH, carried=3, extra=9)
    client = signed_in(otto)
    if with_script:
        shown = client.post(LIMIT, sent("", "", "20"), **HTMX).context["row"]
    else:
        answer = client.post(LIMIT, sent("", "", "20"), follow=True)
        shown = rows(answer)["team"]
    assert not Budget.objects.exists()
    assert not shown.own
    client.post(LIMIT, sent("", shown.before) | {"undo": shown.undo})
    back = BudgetMonth.objects.get()
    assert (back.carried, back.extra, back.budget.limit) == (3, 9, 20)
    # A limit of another row takes nothing of it.
    client.post(LIMIT, sent(otto.pk, "7") | {"undo": shown.undo})
    assert Budget.objects.get(user=otto).months.get().extra == 0


def test_an_undone_removal_of_a_further_limit_has_its_increases_again(
    signed_in: Any, otto: User
) -> None:
    row = Budget.objects.create(team=factories.team(), limit=5, operation="flux")
    BudgetMonth.objects.create(budget=row, month=THIS_MONTH, extra=9)
    client = signed_in(otto)
    gone = client.post(reverse("spend:remove_limit", args=[row.pk]), follow=True)
    client.post(reverse("spend:restore_limit"), {"undo": gone.context["removed"]})
    assert BudgetMonth.objects.get().extra == 9


@pytest.mark.parametrize("query", ["changed=team&before=5", "removed=x"])
def test_an_undo_that_nobody_signed_is_not_offered(
    signed_in: Any, otto: User, query: str
) -> None:
    page = signed_in(otto).get(f"{URL}?unit=integral&{query}").text
    assert "Undo" not in page


def test_an_undo_of_another_team_is_not_offered(signed_in: Any, otto: User) -> None:
    elsewhere = factories.team("Elsewhere")
    change = limit_undo.Change("team", "5", [])
    signed = limit_undo.sign_change(elsewhere, "integral", change)
    assert "Undo" not in signed_in(otto).get(f"{URL}?changed={signed}").text


def test_a_new_month_costs_the_same_queries_for_any_number_of_limits(
    signed_in: Any, otto: User, django_assert_num_queries: Any
) -> None:
    """Nobody has a counter of this month yet."""
    last_month = (THIS_MONTH - datetime.timedelta(1)).replace(day=1)

    def limited(*names: str) -> None:
        for name in names:
            person = factories.user(name)
            row = Budget.objects.create(team=factories.team(), user=person, limit=9)
            BudgetMonth.objects.create(budget=row, month=last_month, used=4)

    limited("ann")
    client = signed_in(otto)
    client.get(URL)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    limited(*(f"member-{number}" for number in range(30)))
    with django_assert_num_queries(len(few)):
        page = client.get(URL)
    assert rows(page)[str(User.objects.get(username="ann").pk)].used == 0


def test_a_saved_limit_keeps_its_terms(signed_in: Any, alice: User, otto: User) -> None:
    Budget.objects.create(team=factories.team(), user=alice, limit=20, is_hard=False)
    signed_in(otto).post(LIMIT, sent(alice.pk, "30", "20"))
    assert not Budget.objects.get(limit=30).is_hard


def test_two_admins_do_not_overwrite_each_other(
    signed_in: Any, alice: User, otto: User
) -> None:
    Budget.objects.create(team=factories.team(), user=alice, limit=20)
    answer = signed_in(otto).post(LIMIT, sent(alice.pk, "99", "10"), **HTMX)
    assert answer.status_code == 422
    assert "Another admin set this limit to 20 integrals meanwhile." in answer.text
    assert 'value="99"' in answer.text
    assert Budget.objects.get().limit == 20


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("limit", ["-1", "many", "9" * 30])
def test_an_error_stands_at_the_row_with_what_was_typed(
    signed_in: Any, alice: User, otto: User, limit: str, headers: dict[str, str]
) -> None:
    response = signed_in(otto).post(LIMIT, sent(alice.pk, limit), **headers)
    assert response.status_code == 422
    assert f'id="own-{alice.pk}-error"' in response.text
    assert f'value="{limit}"' in response.text
    assert not Budget.objects.exists()


def test_a_default_answers_with_those_whom_it_affects(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    answer = signed_in(otto).post(LIMIT, sent("role:member", "40"), **HTMX)
    assert "It holds for 1 person." in answer.text
    assert f'id="left-{alice.pk}"' in answer.text
    assert f'id="left-{mona.pk}"' not in answer.text
    assert rows(signed_in(otto).get(URL))[str(alice.pk)].allowed == 40


def test_a_stranger_gets_no_limit(signed_in: Any, bob: User, otto: User) -> None:
    for who in (bob.pk, "role:king", "9" * 30, "x"):
        assert signed_in(otto).post(LIMIT, sent(who, "5")).status_code == 404
    assert not Budget.objects.exists()


def test_a_limit_of_an_operation_is_removed_and_comes_back(
    signed_in: Any, alice: User, otto: User
) -> None:
    client = signed_in(otto)
    form = {"who": alice.pk, "unit": "integral", "limit": "5", "is_soft": "on"}
    client.post(reverse("spend:add_limit"), form | {"operation": "flux"})
    row = Budget.objects.get()
    page = client.get(URL)
    assert [each.pk for each, _counter, _limit in page.context["other_limits"]] == [
        row.pk
    ]
    gone = client.post(reverse("spend:remove_limit", args=[row.pk]), follow=True)
    assert not Budget.objects.exists()
    undo = {"undo": gone.context["removed"]}
    client.post(reverse("spend:restore_limit"), undo)
    back = Budget.objects.get()
    assert (back.user, back.operation, back.limit) == (alice, "flux", 5)
    assert not back.is_hard
    assert client.post(reverse("spend:restore_limit"), {"undo": "x"}).status_code == 302


def test_many_people_cost_as_many_queries(
    signed_in: Any, otto: User, django_assert_num_queries: Any
) -> None:
    factories.user("ann")
    RoleLimit.objects.create(team=factories.team(), role="member", limit=30)
    client = signed_in(otto)
    client.get(URL)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for number in range(30):
        factories.user(f"member-{number}")
    with django_assert_num_queries(len(few)):
        client.get(URL)


def test_pages_of_people_follow_each_other(
    signed_in: Any, alice: User, otto: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spend.views.budgets.PAGE", 1)
    client = signed_in(otto)
    first = client.get(URL)
    assert list(rows(first))[-1] == str(alice.pk)
    second = client.get(URL, {"after": first.context["more"]})
    assert list(rows(second)) == [str(otto.pk)]


def test_only_admins_may(signed_in: Any, alice: User, bob: User, mona: User) -> None:
    for who in (alice, bob, mona):
        client = signed_in(who)
        assert client.get(URL).status_code == 404
        for name in ("set_limit", "add_limit", "restore_limit"):
            url = reverse(f"spend:{name}")
            assert client.post(url, sent("", "5")).status_code == 404
    assert not Budget.objects.exists()


def test_reading_and_writing_have_their_methods(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    assert client.post(URL).status_code == 405
    assert client.get(LIMIT).status_code == 405


def test_long_terms_are_no_fault(signed_in: Any, otto: User) -> None:
    """A gateway and a project together are longer than a text of the audit log."""
    terms = {"gateway": "g" * 140, "project": "p" * 80, "starts_on": "2026-11-01"}
    answer = signed_in(otto).post(reverse("spend:add_limit"), sent("", "5") | terms)
    assert answer.status_code == 302
    assert Budget.objects.get().project == terms["project"]
    assert Change.objects.get().note.startswith("integral · ggg")


@pytest.mark.parametrize("who", ["", "role:member", "alice"])
def test_no_limit_instead_of_none_is_no_change(
    signed_in: Any, alice: User, otto: User, who: str
) -> None:
    signed_in(otto).post(LIMIT, sent(alice.pk if who == "alice" else who))
    assert not Change.objects.exists()


def test_an_undo_leaves_the_limit_that_somebody_set_meanwhile(
    signed_in: Any, alice: User, otto: User
) -> None:
    client = signed_in(otto)
    key = {"team": factories.team(), "user": alice, "operation": "flux"}
    row = Budget.objects.create(**key, limit=5000)
    gone = client.post(reverse("spend:remove_limit", args=[row.pk]), follow=True)
    Budget.objects.create(**key, limit=10)
    undo = {"undo": gone.context["removed"]}
    page = client.post(reverse("spend:restore_limit"), undo, follow=True).text
    assert "Another admin set this limit to 10 integrals meanwhile." in page
    assert "The limit is back." not in page
    assert Budget.objects.get().limit == 10

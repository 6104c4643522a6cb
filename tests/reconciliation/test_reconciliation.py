"""The pages of both books: summaries, differences, evidence, closing; for admins."""

import pytest
from django.db import connection, transaction
from django.template import engines
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gateways import catalogue
from gateways.models import GatewayAccount
from generation import lifecycle
from log.models import Change
from reconciliation.models import Difference, Reconciliation
from spend import ledger
from spend.models import Transfer
from tests import factories
from tests.pages import HTMX

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
URL = "/gateways/reconciliation/"


@pytest.fixture
def account():
    catalogue.account("jumdata")
    return catalogue.account("wujie")


def run(account, **fields):
    values = {
        "status": "done",
        "step": "balance",
        "window_start": timezone.now(),
        "finished_at": timezone.now(),
        "compared": 1206,
        "matched": 1204,
    }
    return Reconciliation.objects.create(account=account, **values | fields)


def difference(account, number=1, **fields):
    values = {
        "run": Reconciliation.objects.first() or run(account),
        "kind": "missing_here",
        "identity": f"missing_here:{number}",
        "key": f"KEY{number}",
        "unit": "integral",
        "there": 24,
        "amount": 24,
        "evidence": {"listed_as": "PICTURE", "position": 3, "cost_state": "charged"},
    }
    return Difference.objects.create(account=account, **values | fields)


def of_task(account, alice, **fields):
    made = factories.generation(alice, status="done")
    task = factories.task(made, is_booked=True, cost=4, status="succeeded")
    with transaction.atomic():
        subject = lifecycle.ledger_subject(made)
        ledger.settle(subject, 4, 4, reference=task.reference)
    values = {"kind": "amount", "task": task, "team": made.team, "here": 4, "there": 6}
    return difference(account, task.key, key=task.key, amount=2, **values | fields)


def test_the_strip_says_it_all(account, oda, signed_in):
    run(account)
    difference(account)
    text = " ".join(signed_in(oda).get(URL).text.split())
    assert "matched 1 204 of 1 206" in text
    assert "1 open" in text
    assert "drift 24 integrals" in text
    assert "keeps no history" in text


def test_any_page_may_take_the_strip(account, oda, mona, rf):
    run(account)
    template = engines["django"].from_string(
        "{% load reconciliation %}{% reconciliation_strip unit='integral' %}"
    )
    for user, is_shown in ((oda, True), (mona, False)):
        request = rf.get("/")
        request.user, request.membership = user, user.memberships.get()
        request.memberships = [request.membership]
        text = template.render({}, request)
        assert ("drift 0 integrals" in text) is is_shown
        assert "never checked" not in text


def test_nothing_open_and_never_checked_are_said(account, oda, signed_in):
    text = signed_in(oda).get(URL).text
    assert "No open difference" in text
    assert text.count("never checked so far") == 2


def test_filters_stand_in_the_address(account, oda, signed_in):
    difference(account, 1)
    difference(account, 2, kind="balance", identity="balance:2")
    difference(account, 3, status="closed")
    client = signed_in(oda)

    def keys(query):
        return {row.key for row in client.get(URL + query).context["found"].rows}

    assert keys("") == {"KEY1", "KEY2"}
    assert keys("?kind=balance") == {"KEY2"}
    assert keys("?state=closed") == {"KEY3"}
    assert keys("?state=all") == {"KEY1", "KEY2", "KEY3"}
    assert keys(f"?gateway={account.pk}") == {"KEY1", "KEY2"}
    assert keys(f"?gateway={catalogue.account('jumdata').pk}") == set()
    assert keys("?kind=nonsense&state=nonsense") == {"KEY1", "KEY2"}
    assert "Nothing fits these filters" in client.get(f"{URL}?kind=late").text


def test_pages_follow_each_other_and_queries_do_not_grow(account, oda, signed_in):
    client = signed_in(oda)
    for number in range(3):
        difference(account, number)
    client.get(URL)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(URL)
    for number in range(3, 40):
        difference(account, number)
    with CaptureQueriesContext(connection) as many:
        first = client.get(URL)
    assert len(many) == len(few) <= 18
    older = first.context["found"].older
    second = client.get(URL, {"before": older})
    keys = [row.pk for page in (first, second) for row in page.context["found"].rows]
    assert len(set(keys)) == 40


def test_run_now_begins_one_and_shows_its_progress(
    account, oda, signed_in, monkeypatch, django_capture_on_commit_callbacks
):
    nudged = []
    monkeypatch.setattr("reconciliation.tasks.nudge", nudged.append)
    client = signed_in(oda)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(f"/gateways/{account.pk}/runs/", headers=HTMX)
    begun = Reconciliation.objects.get()
    assert begun.asked_by == oda
    assert nudged == [begun.pk]
    assert 'hx-trigger="every 1s"' in answer.text
    assert "reading the balance" in answer.text
    client.post(f"/gateways/{account.pk}/runs/")
    assert Reconciliation.objects.count() == 1
    Reconciliation.objects.update(status="done", finished_at=timezone.now())
    part = client.get(f"/gateways/{account.pk}/standing/", headers=HTMX)
    assert "hx-trigger" not in part.text


def test_a_threshold_is_set_and_taken_back(account, oda, signed_in):
    client, url = signed_in(oda), f"/gateways/{account.pk}/threshold/"
    for typed, stored in (("500", 500), ("-1", 500), ("x", 500), ("", None)):
        answer = client.post(url, {"alert_below": typed})
        assert GatewayAccount.objects.get(pk=account.pk).alert_below == stored
        if stored is not None and typed != "500":
            assert answer.status_code == 422
            assert f'id="below-{account.pk}-error"' in answer.text
            assert f'value="{typed}"' in answer.text
    rows = Change.objects.filter(kind="gateway").order_by("pk")
    told = rows.values_list("by", "note", "before", "after")
    assert list(told) == [
        (oda.pk, "alert_below", "", "500"),
        (oda.pk, "alert_below", "500", ""),
    ]


def test_the_evidence_is_shown(account, alice, oda, signed_in):
    found = of_task(account, alice)
    text = " ".join(signed_in(oda).get(f"/differences/{found.pk}/").text.split())
    for words in (
        "The gateway says that this key cost something else",
        found.key,
        "Listed as",
        "PICTURE",
        found.task.reference,
        "4 integrals",
        "6 integrals",
        "+2",
        "Book 2 integrals as spent",
    ):
        assert words in text, words


@pytest.mark.parametrize("kind", Difference.Kind.values)
def test_each_kind_has_its_words(account, oda, signed_in, kind):
    found = difference(account, kind=kind)
    text = signed_in(oda).get(f"/differences/{found.pk}/").text
    assert Difference.Kind(kind).label.capitalize() in text


def test_an_explanation_is_needed_and_can_be_undone(account, oda, signed_in):
    found = difference(account)
    client, url = signed_in(oda), f"/differences/{found.pk}/"
    assert client.post(f"{url}closing/", {"how": "explain"}).status_code == 422
    client.post(f"{url}closing/", {"how": "explain", "note": "a colleague's script"})
    found.refresh_from_db()
    assert found.status == "closed"
    assert "a colleague" in client.get(url).text
    again = client.post(f"{url}closing/", {"how": "transfer", "note": "x"}, follow=True)
    assert "It was closed already" in again.text
    client.post(f"{url}reopening/")
    found.refresh_from_db()
    assert found.status == "open"
    assert found.steps.count() == 2
    assert Transfer.objects.filter(reference=found.reference).count() == 0


def test_a_transfer_is_asked_for_twice(account, alice, bob, oda, signed_in):
    """For the very person and amount that were shown."""
    found = difference(account)
    client, url = signed_in(oda), f"/differences/{found.pk}/closing/"
    hers, his = (user.memberships.get().pk for user in (alice, bob))
    said = {"how": "transfer", "note": "hers", "person": hers}
    asked = client.post(url, said)
    assert asked.status_code == 422
    assert "It is charged to alice in the team Studio." in " ".join(asked.text.split())
    assert 'value="hers"' in asked.text
    agreed = asked.context["asked"]["agreed"]
    other = client.post(url, said | {"person": his, "agreed": agreed})
    assert other.status_code == 422
    found.refresh_from_db()
    assert found.status == "open"
    assert not Transfer.objects.filter(reference=found.reference).exists()


def test_a_transfer_is_booked_to_who_is_chosen(account, alice, oda, signed_in):
    found = difference(account)
    client, url = signed_in(oda), f"/differences/{found.pk}/"
    hers = alice.memberships.get().pk
    said = {"how": "transfer", "note": "hers", "person": hers, "agreed": f"24:{hers}"}
    client.post(f"{url}closing/", said)
    row = Transfer.objects.get(reference=found.reference)
    assert (row.user, row.amount) == (alice, 24)
    undone = client.post(f"{url}reopening/", follow=True)
    assert "This cannot be undone" in undone.text
    found.refresh_from_db()
    assert found.status == "closed"


def test_any_teams_member_may_be_booked_to(account, bob, oda, signed_in):
    found = difference(account)
    his = bob.memberships.get()
    said = {"how": "transfer", "note": "his", "person": his.pk}
    said["agreed"] = f"{found.amount}:{his.pk}"
    signed_in(oda).post(f"/differences/{found.pk}/closing/", said)
    booked = Transfer.objects.get(reference=found.reference)
    assert (booked.user, booked.team) == (bob, his.team)


def test_nobody_without_a_team_is_booked_to(account, bob, oda, signed_in):
    found, his = difference(account), bob.memberships.get()
    said = {"how": "transfer", "note": "his", "person": his.pk}
    his.delete()
    answer = signed_in(oda).post(f"/differences/{found.pk}/closing/", said)
    assert answer.status_code == 422
    assert Transfer.objects.filter(reference=found.reference).count() == 0


def test_an_owner_closes_the_difference_of_any_team(account, bob, oda, signed_in):
    found, client = of_task(account, bob), signed_in(oda)
    assert [row.pk for row in client.get(URL).context["found"].rows] == [found.pk]
    page = client.get(f"/differences/{found.pk}/")
    assert "Elsewhere" in page.text
    assert f"/generations/{found.task.generation_id}/" not in page.text
    url, said = f"/differences/{found.pk}/closing/", {"how": "transfer", "note": "x"}
    agreed = client.post(url, said).context["asked"]["agreed"]
    client.post(url, said | {"agreed": agreed})
    booked = Transfer.objects.get(reference=found.reference)
    assert (booked.team, booked.amount) == (found.team, 2)


def test_it_is_for_owners(account, alice, bob, mona, otto, oda, signed_in):
    """Gateways' books are shared: an admin's own team does not open them."""
    found = of_task(account, alice)
    bob.memberships.update(role="admin")
    gets = (URL, f"/differences/{found.pk}/", f"/gateways/{account.pk}/standing/")
    posts = (
        f"/gateways/{account.pk}/runs/",
        f"/gateways/{account.pk}/threshold/",
        f"/differences/{found.pk}/closing/",
        f"/differences/{found.pk}/reopening/",
    )
    for user in (alice, mona, bob, otto):
        client = signed_in(user)
        assert {client.get(url).status_code for url in gets} == {404}
        assert {client.post(url).status_code for url in posts} == {404}
    assert {signed_in(oda).get(url).status_code for url in posts} == {405}
    assert {signed_in(oda).post(url).status_code for url in gets} == {405}

"""Work at risk, for admins of its team: poll again, fetch again, close."""

import datetime

import pytest
from django.utils import timezone

from gateways.providers.faults import Fault
from generation import archive
from generation.models import Artwork, Generation, ProviderTask
from generation.presenters import cards
from spend import ledger
from tests import factories
from tests.pages import HTMX

pytestmark = pytest.mark.both_databases

Status = Generation.Status
TaskStatus = ProviderTask.Status
URL = "/gateways/at-risk/"
TASKS = f"{URL}?show=tasks"
DAY = datetime.timedelta(days=1)


def unstored(user, **fields):
    """Drawn, tried three times, in vain."""
    artwork = factories.artwork(user)
    values = {
        "stored_at": None,
        "moderation": Artwork.Moderation.PENDING,
        "fetch_after": timezone.now() + datetime.timedelta(minutes=5),
        "fetch_attempts": 3,
        "fetch_error": "The address answers <403>",
    }
    Artwork.objects.filter(pk=artwork.pk).update(**values | fields)
    artwork.refresh_from_db()
    return artwork


def overdue(user, **fields):
    of = factories.generation(user, status=Status.RUNNING)
    values = {
        "status": TaskStatus.OVERDUE,
        "poll_after": timezone.now() + datetime.timedelta(minutes=9),
        "answered_at": timezone.now(),
        "answer": {"status": 2, "note": "<i>"},
        "polls": 41,
    }
    return factories.task(of, **values | fields)


def test_it_shows_what_is_not_archived(alice, otto, signed_in, settings):
    settings.RESULT_DAYS = {"wujie": 7}
    artwork = unstored(alice)
    factories.artwork(alice)
    answer = signed_in(otto).get(URL)
    (risk,) = answer.context["shown"]
    assert risk.expires_at == artwork.created_at + 7 * DAY
    for words in (
        "The address answers &lt;403&gt;",
        "could not be fetched",
        "Next attempt",
        "we ask the gateway for a new address",
        f'action="/artworks/{artwork.pk}/fetching/"',
        artwork.task.key,
        "Gateway keeps it until",
    ):
        assert words in answer.text, words
    assert "WUJIE_RESULT_DAYS" not in answer.text


def test_a_life_that_nobody_knows_is_said(alice, otto, signed_in, settings):
    settings.RESULT_DAYS = {"jumdata": 90}
    unstored(alice)
    answer = signed_in(otto).get(URL)
    assert answer.context["shown"][0].expires_at is None
    assert "WUJIE_RESULT_DAYS" in answer.text
    assert "unknown" in answer.text


def test_jumdata_keeps_for_three_months(alice, otto, signed_in):
    artwork = factories.artwork(
        alice, generation_fields={"provider": "jumdata", "reserved": 1}
    )
    Artwork.objects.update(stored_at=None, fetch_after=timezone.now())
    (risk,) = signed_in(otto).get(URL).context["shown"]
    assert risk.expires_at == artwork.created_at + 90 * DAY
    assert risk.is_due


def test_what_is_lost_says_so_here_and_to_the_member(alice, otto, signed_in):
    artwork = unstored(alice, lost_at=timezone.now(), fetch_after=None)
    page = signed_in(otto).get(URL).text
    assert "Nothing: the gateway no longer has it." in page
    row = Generation.objects.get(pk=artwork.generation_id)
    card = cards.of(row, alice)
    assert (card.state.tone, card.state.words) == ("stopped", "Lost")
    assert "1 picture is lost" in card.state.means
    assert "did not come" not in card.state.means
    page = signed_in(alice).get(f"/generations/{row.pk}/").text
    assert "1 picture is lost" in page


def test_it_shows_what_does_not_end(alice, otto, signed_in):
    now = timezone.now()
    task = overdue(alice)
    old = overdue(alice, status=TaskStatus.DRAWING, created_at=now - DAY)
    overdue(alice, status=TaskStatus.QUEUED)
    overdue(alice, status=TaskStatus.SUCCEEDED, created_at=now - DAY, is_booked=True)
    answer = signed_in(otto).get(TASKS)
    assert answer.context["shown"] == [task, old]
    for words in (">41<", "&lt;i&gt;", "Next attempt", "4 integrals", task.key):
        assert words in answer.text, words
    # Only what is overdue is closed.
    assert answer.text.count('value="unpaid"') == 1
    assert answer.text.count("Ask now") == 2


def test_the_activity_page_leads_there(alice, otto, signed_in):
    assert f'href="{URL}"' in signed_in(otto).get("/activity/").text
    assert f'href="{URL}"' not in signed_in(alice).get("/activity/").text


@pytest.mark.parametrize(
    ("url", "words"), [(URL, "Everything is archived"), (TASKS, "Nothing is stuck")]
)
def test_nothing_at_risk_says_so(alice, otto, signed_in, url, words):
    factories.artwork(alice)
    factories.task(factories.generation(alice, status=Status.RUNNING))
    assert words in signed_in(otto).get(url).text


def test_it_is_for_admins_of_the_team(alice, mona, bob, otto, signed_in):
    artwork, task = unstored(alice), overdue(alice)
    posts = (
        f"/artworks/{artwork.pk}/fetching/",
        f"/provider-tasks/{task.pk}/looking/",
        f"/provider-tasks/{task.pk}/closing/",
    )
    elsewhere = factories.user("olga", role="admin", in_team=bob.memberships.get().team)
    for user in (alice, mona, bob):
        assert signed_in(user).get(URL).status_code == 404
    for url in (URL, TASKS):
        assert list(signed_in(elsewhere).get(url).context["shown"]) == []
    for user in (alice, mona, bob, elsewhere):
        client = signed_in(user)
        for url in posts:
            assert client.post(url, {"answer": "paid"}).status_code == 404
    for url in posts:
        assert signed_in(otto).get(url).status_code == 405
    assert signed_in(otto).post(URL).status_code == 405
    task.refresh_from_db()
    assert (task.status, artwork.fetch_attempts) == (TaskStatus.OVERDUE, 3)


def test_fetch_again_now(alice, otto, signed_in):
    artwork = unstored(alice)
    client, url = signed_in(otto), f"/artworks/{artwork.pk}/fetching/"
    answer = client.post(url, headers=HTMX)
    assert f'id="at-risk-{artwork.pk}"' in answer.text
    assert "Fetching it now." in answer.text
    artwork.refresh_from_db()
    soon = timezone.now() + archive.POLL_BEFORE_BY_HAND
    assert artwork.fetch_after <= soon
    assert artwork.task.poll_after <= timezone.now()
    assert client.post(url).url == URL
    Artwork.objects.update(stored_at=timezone.now())
    assert "It is already archived." in client.post(url, headers=HTMX).text


def test_look_again_now(alice, otto, signed_in):
    task = overdue(alice)
    client, url = signed_in(otto), f"/provider-tasks/{task.pk}/looking/"
    assert f'id="task-{task.pk}"' in client.post(url, headers=HTMX).text
    task.refresh_from_db()
    assert task.poll_after <= timezone.now()
    assert client.post(url).url == f"/generations/{task.generation_id}/"


def test_without_credentials_it_says_that_nobody_asks(alice, otto, signed_in, settings):
    task = overdue(alice, poll_after=timezone.now())
    client, url = signed_in(otto), f"/provider-tasks/{task.pk}/looking/"
    assert "credentials" not in client.get(f"{URL}?show=tasks").text
    settings.GATEWAYS = {}
    assert "nobody can ask" in client.get(f"{URL}?show=tasks").text
    answer = client.post(url, headers=HTMX).text
    assert "Asking the gateway now." not in answer
    assert answer.count("nobody can ask") == 2  # in its row, and told


@pytest.mark.parametrize(
    ("answer", "code", "purse"),
    [
        ("paid", "overdue_paid", "written_off"),
        ("unpaid", "overdue_unpaid", "available"),
    ],
)
def test_one_click_closes_it(alice, otto, signed_in, answer, code, purse):
    task = overdue(alice)
    client, url = signed_in(otto), f"/provider-tasks/{task.pk}/closing/"
    before = ledger.balances(factories.team())[purse]
    page = client.post(url, {"answer": answer}, headers=HTMX).text
    assert f'id="task-{task.pk}"' in page
    assert 'name="answer"' not in page
    assert otto.display_name in page
    task.refresh_from_db()
    assert (task.status, task.failure_code) == (TaskStatus.FAILED, code)
    assert ledger.balances(factories.team())[purse] == before + 4
    again = client.post(url, {"answer": "paid"}, headers=HTMX)
    assert "Nothing was changed" in again.text
    assert ledger.balances(factories.team())[purse] == before + 4
    assert "Nothing is stuck" in client.get(TASKS).text
    seen = signed_in(alice).get(f"/generations/{task.generation_id}/").text
    assert "An admin closed it" in seen


@pytest.mark.parametrize("answer", ["", "yes", "Paid"])
def test_an_answer_that_was_not_offered_is_none(alice, otto, signed_in, answer):
    url = f"/provider-tasks/{overdue(alice).pk}/closing/"
    assert signed_in(otto).post(url, {"answer": answer}).status_code == 404
    assert ProviderTask.objects.get().status == TaskStatus.OVERDUE


def test_the_generations_page_closes_too_for_admins(alice, otto, mona, signed_in):
    task = overdue(alice)
    url = f"/generations/{task.generation_id}/"
    form = f'action="/provider-tasks/{task.pk}/closing/"'
    assert form in signed_in(otto).get(url).text
    for user in (alice, mona):
        assert form not in signed_in(user).get(url).text


#: Who asks and where, two counts, and the rows.
QUERIES = 14


@pytest.mark.parametrize(("url", "make"), [(URL, unstored), (TASKS, overdue)])
def test_queries_do_not_grow(
    alice, otto, signed_in, django_assert_num_queries, url, make
):
    client = signed_in(otto)
    make(alice)
    client.get(url)
    with django_assert_num_queries(QUERIES):
        client.get(url)
    for _ in range(5):
        make(alice)
    with django_assert_num_queries(QUERIES):
        client.get(url)


@pytest.mark.parametrize(("url", "make"), [(URL, unstored), (TASKS, overdue)])
def test_more_than_a_page_is_paged(alice, otto, signed_in, url, make):
    for _ in range(21):
        make(alice)
    client = signed_in(otto)
    first = client.get(url)
    assert len(first.context["shown"]) == 20
    older = client.get(
        url,
        {"show": "tasks" if url == TASKS else ""} | {"before": first.context["older"]},
    )
    assert len(older.context["shown"]) == 1


def test_a_closed_one_keeps_its_code_until_the_gateway_speaks(alice, otto, signed_in):
    task = overdue(alice)
    url = f"/provider-tasks/{task.pk}/closing/"
    signed_in(otto).post(url, {"answer": "paid"})
    task.refresh_from_db()
    assert (task.failure_code, task.is_closed) == (Fault.OVERDUE_PAID, True)

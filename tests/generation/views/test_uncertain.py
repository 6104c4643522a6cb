"""Uncertain generations: the evidence and two ways to close one, for admins."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone

from gateways.models import GatewayAccount
from gateways.providers.faults import Fault
from generation.models import Callback, Generation, SubmitRecovery, UnmatchedKey
from generation.presenters import cards
from spend import ledger
from tests import factories
from tests.pages import HTMX

pytestmark = pytest.mark.both_databases

Status = Generation.Status
URL = "/gateways/uncertain/"


def lost(user: Any, *, looks_on: bool = False, **fields: Any) -> Generation:
    values: dict[str, Any] = {
        "status": Status.UNCERTAIN,
        "submitting_at": timezone.now(),
        "failure_code": Fault.LOST,
        "failure_message": "ReadTimeout: timed out",
        "answer": "<b>half an ans",
        "parameters": {**factories.PARAMETERS["wujie"], "chosen_seed": "271828"},
    }
    made = factories.generation(user, **values | fields)
    after = timezone.now() if looks_on else None
    SubmitRecovery.objects.create(generation=made, look_after=after, looks=7)
    return made


def unmatched(of: Generation, key: str, **fields: Any) -> UnmatchedKey:
    values: dict[str, Any] = {
        "prompt": of.prompt,
        "model": "1",
        "width": 1024,
        "height": 1024,
        "seed": "271828",
        "is_asked": True,
        "made_at": timezone.now(),
    }
    return UnmatchedKey.objects.create(account=of.account, key=key, **values | fields)


def test_it_shows_the_evidence(alice, otto, signed_in):
    GatewayAccount.objects.update(balance=960)
    made = lost(alice, balance_before=1000)
    GatewayAccount.objects.update(balance=960)
    unmatched(made, "OURS")
    unmatched(made, "OTHER", prompt="a secret of others", seed="8")
    unmatched(
        made, "SILENT", prompt="", model="", width=0, height=0, seed="", made_at=None
    )
    known = unmatched(made, "KNOWN")
    factories.task(factories.generation(alice, status="running"), key=known.key)
    long_ago = timezone.now() - timezone.timedelta(hours=1)
    unmatched(made, "BEFORE", made_at=long_ago)
    body = json.dumps({"key": "OURS", "note": "<i>"}).encode()
    Callback.objects.create(generation=made, body=body)
    answer = signed_in(otto).get(URL)
    page = " ".join(answer.text.split())
    (evidence,) = answer.context["shown"]
    lines = {each.key.key: each.differences_words for each in evidence.candidates}
    assert lines == {"OURS": "", "OTHER": "the prompt, the seed", "SILENT": ""}
    assert [each.key.key for each in evidence.candidates] == ["OURS", "OTHER", "SILENT"]
    for words in (
        "matches completely",
        "differs in: the prompt, the seed",
        "the gateway does not say",
        "The gateway&#x27;s answer was lost.",
        "ReadTimeout: timed out",
        "&lt;b&gt;half an ans",
        "&lt;i&gt;",
        "271828",
        "7 times",
        "needs your decision",
        "Charged",
        "Not charged",
    ):
        assert words in page, words
    assert "a secret of others" not in page
    assert evidence.balance_change == -40
    assert evidence.generation.called == 1


def test_it_says_which_callback_the_gateway_signed(alice, otto, signed_in):
    """A flood of unsigned ones does not hide it."""
    made = lost(alice)
    Callback.objects.create(generation=made, body=b"genuine", is_signed=True)
    for n in range(5):
        Callback.objects.create(generation=made, body=f"forged {n}".encode())
    answer = signed_in(otto).get(URL)
    (evidence,), page = answer.context["shown"], answer.text
    assert [body for _, body in evidence.callbacks] == [
        "genuine",
        "forged 4",
        "forged 3",
    ]
    assert page.count("signed by the gateway") == 1
    assert page.count("not signed: anyone may have sent it") == 2


def test_no_address_of_a_picture_is_shown(alice, otto, signed_in):
    """Nobody has released what lies there."""
    url = "https://cdn.wujiebantu.com/ai/0812-01.png"
    made = lost(alice, answer=json.dumps({"url": url}).replace("/", "\\/"))
    Callback.objects.create(generation=made, body=quote(url, safe="").encode())
    Callback.objects.create(generation=made, body=json.dumps({"url": url}).encode())
    page = signed_in(otto).get(URL).text
    assert page.count("cdn.wujiebantu.com…") == 3
    assert "0812" not in page


def test_the_activity_page_leads_there(alice, otto, signed_in):
    assert f'href="{URL}"' in signed_in(otto).get("/activity/").text
    assert f'href="{URL}"' not in signed_in(alice).get("/activity/").text


def test_nothing_lost_says_so(alice, otto, signed_in):
    factories.generation(alice)
    assert "Nothing is unconfirmed" in signed_in(otto).get(URL).text


def test_what_cannot_be_written_any_more_is_shown_too(alice, otto, signed_in):
    lost(alice, operation="gone")
    lost(alice, provider="jumdata", parameters=factories.PARAMETERS["jumdata"])
    page = signed_in(otto).get(URL).text
    assert page.count("Not charged</button>") == 2
    assert "This gateway keeps no history." in page


def test_it_is_for_admins_of_the_team(alice, mona, bob, otto, signed_in):
    made = lost(alice)
    elsewhere = factories.user("olga", role="admin", in_team=bob.memberships.get().team)
    for user in (alice, mona, bob):
        assert signed_in(user).get(URL).status_code == 404
    assert signed_in(elsewhere).get(URL).context["shown"] == []
    for user in (alice, mona, bob, elsewhere):
        client = signed_in(user)
        address = f"/generations/{made.pk}/closing/"
        assert client.post(address, {"answer": "paid"}).status_code == 404
    made.refresh_from_db()
    assert made.status == Status.UNCERTAIN
    assert signed_in(otto).get(f"/generations/{made.pk}/closing/").status_code == 405
    assert signed_in(otto).post(URL).status_code == 405


@pytest.mark.parametrize(
    ("answer", "code", "purse"),
    [("paid", "closed_paid", "written_off"), ("unpaid", "closed_unpaid", "available")],
)
def test_one_click_closes_it(alice, otto, signed_in, answer, code, purse):
    made = lost(alice)
    client, address = signed_in(otto), f"/generations/{made.pk}/closing/"
    before = ledger.balances(made.team)[purse]
    page = client.post(address, {"answer": answer}, headers=HTMX)
    assert page.status_code == 200
    assert f'id="uncertain-{made.pk}"' in page.text
    assert 'name="answer"' not in page.text
    assert "closed" in page.text
    made.refresh_from_db()
    assert (made.status, made.failure_code) == (Status.FAILED, code)
    assert made.submit_recovery.closed_by == otto
    assert ledger.balances(made.team)[purse] == before + 4
    again = client.post(address, {"answer": "paid"}, headers=HTMX)
    assert "Nothing was changed" in again.text
    assert ledger.balances(made.team)[purse] == before + 4
    assert "Nothing is unconfirmed" in client.get(URL).text


def test_without_htmx_it_redirects(alice, otto, signed_in):
    made = lost(alice)
    client = signed_in(otto)
    answer = client.post(f"/generations/{made.pk}/closing/", {"answer": "unpaid"})
    assert (answer.status_code, answer.url) == (302, URL)
    assert "Closed: not charged." in client.get(URL).text


@pytest.mark.parametrize("answer", ["", "yes", "Paid"])
def test_an_answer_that_was_not_offered_is_none(alice, otto, signed_in, answer):
    made = lost(alice)
    address = f"/generations/{made.pk}/closing/"
    assert signed_in(otto).post(address, {"answer": answer}).status_code == 404
    made.refresh_from_db()
    assert made.status == Status.UNCERTAIN


def test_what_is_not_lost_cannot_be_closed(alice, otto, signed_in):
    made = factories.generation(alice)
    address = f"/generations/{made.pk}/closing/"
    assert signed_in(otto).post(address, {"answer": "paid"}).status_code == 404


#: Who asks and where, the rows, their callbacks, and all unmatched keys at once.
QUERIES = 14


def test_queries_do_not_grow(alice, otto, signed_in, django_assert_num_queries):
    client = signed_in(otto)

    def count(expected):
        with django_assert_num_queries(expected):
            client.get(URL)

    first = lost(alice)
    unmatched(first, "K1")
    Callback.objects.create(generation=first, body=b"{}")
    client.get(URL)
    count(QUERIES)
    for number in range(5):
        made = lost(alice, prompt=str(number))
        unmatched(made, f"M{number}")
        Callback.objects.create(generation=made, body=b"{}")
    count(QUERIES)


def test_more_than_a_page_is_paged(alice, otto, signed_in):
    for number in range(13):
        lost(alice, prompt=str(number))
    client = signed_in(otto)
    first = client.get(URL)
    assert len(first.context["shown"]) == 12
    assert (
        len(client.get(URL, {"before": first.context["older"]}).context["shown"]) == 1
    )


# --- What the member sees


def card(made: Generation) -> cards.Card:
    return cards.of(Generation.objects.get(pk=made.pk), made.requested_by)


def test_while_the_gateway_is_asked_the_card_says_so_and_moves(alice):
    shown = card(lost(alice, looks_on=True))
    assert "We are asking the gateway" in shown.state.means
    assert "you will not be charged twice" in shown.state.means
    assert cards.poll_cursor([shown])


def test_when_only_a_person_can_find_out_it_stands_still(alice):
    shown = card(lost(alice))
    assert "An admin decides" in shown.state.means
    assert cards.poll_cursor([shown]) == ""
    assert shown.cost == "4 integrals expected"


@pytest.mark.parametrize(
    ("answer", "says", "cost"),
    [
        ("paid", "4 integrals written off.", "4 integrals written off"),
        ("unpaid", "4 integrals returned.", "0 integrals"),
    ],
)
def test_a_closed_one_tells_what_became_of_the_money(
    alice, otto, signed_in, answer, says, cost
):
    made = lost(alice)
    signed_in(otto).post(f"/generations/{made.pk}/closing/", {"answer": answer})
    shown = card(made)
    assert (shown.state.tone, shown.state.words) == ("stopped", "Failed")
    assert "An admin closed it" in shown.state.means
    assert shown.state.means.endswith(says)
    assert shown.cost == cost
    page = signed_in(alice).get(f"/generations/{made.pk}/").text
    assert "Closed by" in page
    assert otto.display_name in page

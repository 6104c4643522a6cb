"""Refusals of the calls beside the paid one: photo check, price, Jumdata's query."""

import pytest

from accounts.models import User
from generation import lifecycle
from generation.models import Generation, ProviderTask
from reconciliation import invariants
from tests.generation.operations.test_refusals import DOCUMENTED, left

QUERY = DOCUMENTED["jumdata"]


def struck(sandbox, endpoint, code, said):
    rule = {"kind": "code", "code": code, "message": said}
    sandbox.switch(faults={endpoint: rule})


def ask(limit=10):
    for asking in lifecycle.claim_polls("jumdata", limit):
        lifecycle.book_poll(asking, lifecycle.poll(asking))


def read_chinese(who):
    """What the gateway said is told to those who read it."""
    User.objects.filter(pk=who.pk).update(language="zh-hans")


@pytest.fixture
def drawn_there(fills, asks, sandbox):
    """At Jumdata, billed and finished; nobody has asked after it yet."""
    generation = asks("jumdata-drawing", **fills("jumdata-drawing"))
    (claim,) = lifecycle.claim_queued("jumdata", 1)
    lifecycle.book_sent(claim, lifecycle.send(claim))
    ProviderTask.objects.update(poll_after="2020-01-01T00:00Z")
    return generation


@pytest.mark.django_db
@pytest.mark.parametrize("code", QUERY)
def test_a_query_that_is_refused(code, drawn_there, sandbox, alice, member):
    """Only a task that is not known there is over: it was billed, and stays so."""
    struck(sandbox, "jumdata.query", code, QUERY[code].said)
    ask()
    assert sandbox.state()["faults"] == {"jumdata.query code": 1}
    task = drawn_there.tasks.get()
    is_over = code == "201"
    assert task.is_open is not is_over
    assert (task.status == ProviderTask.Status.FAILED) is is_over
    assert task.failure_code == ("201" if is_over else "")
    team = alice.memberships.get().team
    kept = 0 if is_over else 1
    assert left("image", team) == {"available": 99, "reserved": kept}
    assert list(invariants.broken()) == []
    page = member.get(f"/generations/{drawn_there.pk}/")
    state = page.context["card"].state
    if is_over:
        assert state.words == "Failed"
        assert "does not know this task any more" in state.means
        assert "taskId不存在" not in state.means
        read_chinese(alice)
        page = member.get(f"/generations/{drawn_there.pk}/")
        assert "taskId不存在 (201)" in page.context["card"].state.means
    else:
        assert state.tone == "moving"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "code", ["20010001", "20110002", "20110018", "20110019", "20110020", "20110021"]
)
def test_a_photo_check_that_is_refused(code, fills, reached, refusal, sandbox, alice):
    refusal_of = DOCUMENTED["wujie"][code]
    typed = fills("avatar-training")
    struck(sandbox, "wujie.avatar_check", code, refusal_of.said)
    (told,) = refusal("avatar-training", **typed)["__all__"]
    assert refusal_of.told in told
    assert refusal_of.said not in told
    assert told.endswith("Nothing was sent, and nothing was paid.")
    assert left("integral", alice.memberships.get().team)["reserved"] == 0


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["20010001", "20010015", "20110001", "20110010"])
def test_a_price_that_is_refused(code, fills, refusal, sandbox, alice):
    refusal_of = DOCUMENTED["wujie"][code]
    struck(sandbox, "wujie.price_info", code, refusal_of.said)
    (told,) = refusal("wujie-drawing", **fills("wujie-drawing"))["__all__"]
    assert told.startswith("The gateway names no price.")
    assert refusal_of.said not in told
    read_chinese(alice)
    (told,) = refusal("wujie-drawing", **fills("wujie-drawing"))["__all__"]
    assert f"{refusal_of.said} ({code})" in told
    assert not Generation.objects.exists()
    assert left("integral", alice.memberships.get().team)["reserved"] == 0

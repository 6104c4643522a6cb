"""From a prompt to an approved picture and its place in the books, below the browser.

Form post → pump → released by rule, or held → a moderator decides → gallery → spend.
"""

import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gateways import catalogue
from generation.lifecycle import poll_schedule, polling
from generation.lifecycle.intervals import GrowingInterval
from generation.models import Artwork, Generation
from moderation.models import Decision, Review
from reconciliation import invariants
from spend import ledger
from spend.models import Budget
from tests import factories
from wjportal.engine import leader

pytestmark = pytest.mark.both_databases

TYPED: dict[str, dict[str, Any]] = {
    "wujie": {
        "operation": "wujie-drawing",
        "model": "1",
        "size": "1024x1024",
        "pictures": "2",
        "style": "水彩",
    },
    "jumdata": {
        "operation": "jumdata-drawing",
        "resolution": "1024*1024",
        "pictures": "2",
        "style": "水彩画",
    },
}
#: Provider → (prompt that the gateway's audit passes, one that it wants looked at).
#: Jumdata never sends an audit: whatever it draws is looked at.
HELD = {"wujie": "The election of a president", "jumdata": "赛博朋克城市的雨夜"}
UNIT = {"wujie": "integral", "jumdata": "image"}
COST = {"wujie": 4, "jumdata": 2}


@pytest.fixture
def turn_until(
    sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[], bool]], None]:
    sandbox.switch(draw_seconds=0.1, submit_seconds=0)
    monkeypatch.setattr(poll_schedule, "VISIBLE_PROGRESS_SECONDS", 0.05)
    monkeypatch.setattr(polling, "BATCH_WAIT", timedelta())
    monkeypatch.setattr(poll_schedule, "PROGRESS", GrowingInterval(0.05, 0.05, 0.1))
    state = leader.LeaderState()

    def turn(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, "It did not come to that"
            leader.turn(state)

    return turn


def ask(member: Client, provider: str, prompt: str) -> Generation:
    """Fill in the form and send it, twice: a double click is one generation."""
    assert member.get("/", {"operation": f"{provider}-drawing"}).status_code == 200
    typed = {**TYPED[provider], "prompt": prompt, "submit_key": str(uuid.uuid4())}
    price = member.post("/quote/", typed)
    assert str(COST[provider]) in price.content.decode()
    before = Generation.objects.count()
    for _ in range(2):
        assert member.post("/generations/", typed).status_code in (200, 302)
    assert Generation.objects.count() == before + 1
    generation = Generation.objects.latest("pk")
    assert (generation.status, generation.prompt) == ("queued", prompt)
    assert generation.reserved == COST[provider]
    return generation


def status(client: Client, address: str) -> int:
    answer = client.get(address)
    if answer.streaming:
        assert b"".join(answer)  # read to its end, which closes it
    return answer.status_code


def seen(client: Client, artwork: Artwork) -> bool:
    """Whether the picture can be fetched, by either of its addresses."""
    which = ("picture", "thumbnail")
    found = {status(client, f"/artworks/{artwork.pk}/{name}/") for name in which}
    assert len(found) == 1
    return found == {200}


def in_gallery(client: Client, artwork: Artwork) -> bool:
    page = client.get("/gallery/").content.decode()
    return f"/artworks/{artwork.pk}/" in page


@pytest.mark.parametrize("provider", ["wujie", "jumdata"])
def test_from_a_prompt_to_an_approved_picture_and_the_books(
    provider: str,
    alice: Any,
    bob: Any,
    mona: Any,
    otto: Any,
    signed_in: Any,
    turn_until: Any,
) -> None:
    catalogue.refresh()
    unit, cost = UNIT[provider], COST[provider]
    team = factories.team()
    Budget.objects.create(team=team, user=alice, unit=unit, limit=50)
    before = ledger.balances(team, unit)
    member, stranger, moderator, admin = map(signed_in, (alice, bob, mona, otto))

    # A member asks; the pump carries it on until it is held.
    generation = ask(member, provider, HELD[provider])
    assert ledger.balances(team, unit)["reserved"] == cost
    held = Artwork.objects.filter(generation=generation, moderation="held")
    turn_until(lambda: held.count() == 2)
    generation.refresh_from_db()
    assert generation.status == Generation.Status.DONE
    assert not generation.is_moving
    first, second = held.order_by("pk")

    # Until someone has looked, nobody sees it.
    for client in (member, stranger, moderator, admin, Client()):
        assert not seen(client, first)
    assert not in_gallery(member, first)
    for path in ("", "cover/", "picture/"):
        assert status(member, f"/review/{first.pk}/{path}") == 404
        assert status(stranger, f"/review/{first.pk}/{path}") == 404

    # A moderator finds it, covered until revealed, and decides.
    queue = moderator.get("/review/").content.decode()
    assert f"/review/{first.pk}/" in queue
    assert status(moderator, f"/review/{first.pk}/cover/") == 200
    assert status(moderator, f"/review/{first.pk}/picture/") == 404
    moderator.post(f"/review/{first.pk}/reveal/")
    assert status(moderator, f"/review/{first.pk}/picture/") == 200
    claim = moderator.get(f"/review/{first.pk}/").context["review"].claim
    yes = {"action": "release", "claim": claim}
    released = moderator.post(f"/artworks/{first.pk}/decision/", yes)
    assert released.status_code == 302
    no = {"action": "reject", "reason": "politics", "note": "not for us"}
    page = moderator.get(f"/review/{second.pk}/")
    no["claim"] = page.context["review"].claim
    moderator.post(f"/artworks/{second.pk}/decision/", no)
    said = Decision.objects.exclude(decided_by=None).values_list("artwork", "action")
    assert dict(said) == {first.pk: "release", second.pk: "reject"}

    # Until it can no longer be undone, nothing has happened outside.
    assert not seen(member, first)
    Review.objects.update(settle_after=timezone.now())
    turn_until(lambda: not held.exists())

    # The member sees the one, and never the other.
    assert seen(member, first)
    assert not seen(member, second)
    assert in_gallery(member, first)
    assert not in_gallery(member, second)
    assert not seen(stranger, first)
    assert not in_gallery(stranger, first)

    # An admin sees what it cost, and every transfer behind it.
    after = ledger.balances(team, unit)
    assert after["spent"] == before["spent"] + cost
    assert (after["reserved"], after["available"]) == (0, before["available"] - cost)
    page = admin.get("/spend/", {"unit": unit}).content.decode()
    assert "alice" in page
    transfers = admin.get("/spend/transfers/", {"unit": unit}).content.decode()
    assert f"/generations/{generation.pk}/" in transfers
    assert status(member, "/spend/") == 404
    assert list(invariants.broken()) == []


def test_what_the_audit_passes_is_released_by_rule(
    alice: Any, signed_in: Any, turn_until: Any
) -> None:
    catalogue.refresh()
    member = signed_in(alice)
    generation = ask(member, "wujie", "A quiet harbour at dawn")
    released = Artwork.objects.filter(generation=generation, moderation="released")
    turn_until(lambda: released.count() == 2)
    for artwork in released:
        assert seen(member, artwork)
        assert in_gallery(member, artwork)
    assert set(Decision.objects.values_list("action", "decided_by")) == {
        ("release", None)
    }


@pytest.mark.parametrize(
    ("provider", "code"), [("wujie", "20110001"), ("jumdata", "202")]
)
def test_a_refused_prompt_is_told_costs_nothing_and_comes_back(
    provider: str, code: str, alice: Any, signed_in: Any, turn_until: Any
) -> None:
    catalogue.refresh()
    member = signed_in(alice)
    generation = ask(member, provider, "forbidden 违禁词")
    refused = Generation.objects.filter(status=Generation.Status.REFUSED)
    turn_until(refused.exists)
    assert ledger.balances(factories.team(), UNIT[provider])["reserved"] == 0
    card = member.get(f"/generations/{generation.pk}/").content.decode()
    assert code in card
    # One click away from the form, with everything still in it.
    form = member.get("/", {"again": generation.pk}).content.decode()
    assert "forbidden 违禁词" in form
    assert list(invariants.broken()) == []

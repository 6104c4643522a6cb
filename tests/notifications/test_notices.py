"""Notices: who is told what, in which message, by which way; nothing leaks."""

import json
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from gallery import zip_files
from generation import tasks
from generation.models import Artwork
from moderation import decisions, intake
from notifications import deliveries, notices
from notifications.models import Channel, Delivery, Notice
from spend import increases
from spend.models import Budget
from tests import factories

pytestmark = pytest.mark.django_db

KEPT = "nightingale in a garden"
MAIL = {"kind": "email", "address": "alice@example.org", "secret": ""}


@pytest.fixture
def mailing(settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example.org"
    settings.PUBLIC_URL = "https://portal.example.org"


def stored(by: User, verdict: str = "pass") -> Artwork:
    said = {"prompt": KEPT}
    return factories.artwork(
        by, moderation="pending", verdict=verdict, generation_fields=said
    )


def told(user: User) -> list[tuple[str, int]]:
    rows = Notice.objects.filter(user=user).order_by("pk")
    return list(rows.values_list("kind", "number"))


def quiet() -> None:
    """As if nothing had happened for a minute."""
    Notice.objects.update(created_at=timezone.now() - notices.QUIET)


def unread(user: User) -> int:
    user.refresh_from_db()
    return user.unread_notices


# --- What is told


def test_a_hundred_pictures_make_one_message(alice: User, mailing: None) -> None:
    deliveries.add_own_channel(alice, **MAIL)
    team = alice.memberships.get().team_id
    for _ in range(100):
        notices.tell("done", alice.pk, team, url="/gallery/")
    assert told(alice) == [("done", 100)]
    assert unread(alice) == 1
    deliveries.run()
    assert mail.outbox == []  # more may come
    quiet()
    deliveries.run()
    deliveries.run()
    (message,) = mail.outbox
    assert message.to == ["alice@example.org"]
    assert "100 pictures are ready." in message.body
    assert "https://portal.example.org/gallery/" in message.body


def test_what_never_ends_is_sent_after_a_while(alice: User, mailing: None) -> None:
    deliveries.add_own_channel(alice, **MAIL)
    team = alice.memberships.get().team_id
    notices.tell("done", alice.pk, team, url="/gallery/")
    Notice.objects.update(begun_at=timezone.now() - notices.OLDEST)
    deliveries.run()
    assert len(mail.outbox) == 1
    notices.tell("done", alice.pk, team, url="/gallery/")
    assert told(alice) == [("done", 1), ("done", 1)]


def test_rules_tell_of_each_outcome_at_once(alice: User) -> None:
    for _ in range(3):
        stored(alice)
    stored(alice, "review")
    stored(alice, "block")
    decisions.screen_pending(10)
    kinds = dict(told(alice))
    outcomes = Artwork.objects.values_list("moderation", flat=True)
    expected = {"done": "released", "held": "held", "rejected": "rejected"}
    for kind, state in expected.items():
        assert kinds.get(kind, 0) == list(outcomes).count(state), kind
    assert kinds["done"] == 3
    assert kinds["held"]


@pytest.mark.parametrize("action", ["release", "reject"])
def test_a_decision_is_told_when_it_takes_effect(
    alice: User, mona: User, action: str
) -> None:
    artwork = factories.artwork(alice, moderation="held")
    review = factories.review(artwork, claimed_by=mona)
    review.refresh_from_db()
    decisions.decide(review, review.claim, action, by=mona, reason="other")
    assert told(alice) == []  # it can be undone
    factories.settle()
    kind = {"release": "released", "reject": "rejected"}[action]
    assert told(alice) == [(kind, 1)]
    assert told(mona) == []


@pytest.mark.parametrize("action", ["release", "reject"])
def test_an_appeal_is_answered_once(alice: User, mona: User, action: str) -> None:
    artwork = factories.artwork(alice, moderation="rejected")
    assert intake.appeal(artwork, by=alice, text="please")
    review = factories.review(artwork, claimed_by=mona)
    review.refresh_from_db()
    decisions.decide(review, review.claim, action, by=mona, reason="other")
    factories.settle()
    assert told(alice) == [("appeal", 1)]


def test_a_takedown_and_a_reopening_are_told(alice: User, mona: User) -> None:
    one, two = factories.artwork(alice), factories.artwork(alice)
    decisions.take_down(one, by=mona, reason="other")
    decisions.reopen(two, by=mona, reason="look again")
    assert told(alice) == [("rejected", 1), ("held", 1)]


def test_a_limit_is_told_but_not_to_who_decided(alice: User, otto: User) -> None:
    team = alice.memberships.get().team
    for person in (alice, otto):
        budget = Budget.objects.create(team=team, user=person, limit=100)
        asked = increases.ask(budget, 5, reason="more", by=person)
        increases.refuse(asked, by=otto)
    assert told(alice) == [("budget", 1)]
    assert told(otto) == []


def test_a_zip_that_is_ready_is_told(alice: User, tmp_path: Any, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    artwork = factories.artwork(alice)
    row = zip_files.ask([artwork.pk], by=alice, team=artwork.team, pattern="{id}")
    zip_files.prepare(row.pk)
    assert told(alice) == [("zip", 1)]


def test_a_notice_is_undone_with_its_change(alice: User) -> None:
    class Broken(Exception):
        pass

    team = alice.memberships.get().team_id
    with pytest.raises(Broken), transaction.atomic():
        notices.tell("done", alice.pk, team, url="/")
        raise Broken
    assert told(alice) == []
    assert unread(alice) == 0


# --- In the portal


def test_notices_are_listed_read_and_counted(
    alice: User, bob: User, signed_in: Any
) -> None:
    team, client = alice.memberships.get().team_id, signed_in(alice)
    for kind, url in (("done", "/gallery/"), ("budget", "/spend/limits/")):
        notices.tell(kind, alice.pk, team, url=url)
    page = client.get("/notices/")
    assert '<b class="nav-count">2</b>' in page.text
    done, budget = Notice.objects.order_by("pk")
    answer = client.post("/notices/read/", {"notice": done.pk})
    assert answer.url == "/gallery/"
    assert unread(alice) == 1
    stranger = signed_in(bob)
    answer = stranger.post("/notices/read/", {"notice": budget.pk})
    assert answer.status_code == 404
    stranger.post("/notices/read/")
    assert unread(alice) == 1
    client.post("/notices/read/")
    assert unread(alice) == 0
    notices.tell("done", alice.pk, team, url="/gallery/")
    assert unread(alice) == 1  # a read one takes in no more
    assert client.get("/notices/read/").status_code == 405


def test_the_bell_costs_no_query(alice: User, signed_in: Any) -> None:
    client, counted = signed_in(alice), []
    for number in (1, 29):
        team = alice.memberships.get().team_id
        for _ in range(number):
            notices.tell("done", alice.pk, team, url="/gallery/")
            Notice.objects.joinable().update(closed_at=timezone.now())
        client.get("/notices/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/notices/")
        counted.append(len(queries))
        asked = [
            q["sql"] for q in queries if "COUNT" in q["sql"] and "notice" in q["sql"]
        ]
        assert asked == []
    assert counted[0] == counted[1]


def test_who_left_the_team_sees_none_of_it(alice: User, signed_in: Any) -> None:
    notices.tell("done", alice.pk, alice.memberships.get().team_id, url="/gallery/")
    alice.memberships.update(team=factories.team("Elsewhere"))
    client = signed_in(alice)
    assert "is ready" not in client.get("/notices/").text
    assert client.get("/notices/new/").json()["notices"] == []


# --- What is wanted


def test_kinds_and_ways_are_chosen(alice: User, signed_in: Any, mailing: None) -> None:
    deliveries.add_own_channel(alice, **MAIL)
    client, team = signed_in(alice), alice.memberships.get().team_id
    wanted = ["done.portal", "held.email", "budget.browser"]
    client.post("/notices/choices/", {"told": [*wanted, "nonsense.way"]})
    for kind in ("done", "held", "budget"):
        notices.tell(kind, alice.pk, team, url="/")
    assert unread(alice) == 1
    assert Notice.objects.visible_to(alice).get().kind == "done"
    quiet()
    deliveries.run()
    (message,) = mail.outbox
    assert "waits for a moderator" in message.body


def test_a_notice_that_was_read_is_not_sent(alice: User, mailing: None) -> None:
    deliveries.add_own_channel(alice, **MAIL)
    notices.tell("done", alice.pk, alice.memberships.get().team_id, url="/")
    notices.read(alice)
    quiet()
    deliveries.run()
    assert mail.outbox == []


def test_own_channels_are_ones_own(
    alice: User, bob: User, otto: User, oda: User, signed_in: Any, mailing: None
) -> None:
    client = signed_in(alice)
    wrong = {**MAIL, "kind": "feishu", "address": "https://evil.example.org/hook"}
    answer = client.post("/notices/channels/additions/", wrong)
    assert answer.status_code == 422
    assert "evil.example.org/hook" in answer.text  # typed text stays
    assert (
        client.post(
            "/notices/channels/additions/", {**MAIL, "kind": "json"}
        ).status_code
        == 422
    )
    client.post("/notices/channels/additions/", MAIL)
    client.post("/notices/channels/additions/", {**MAIL, "address": "a@example.org"})
    row = Channel.objects.in_use().get()  # one for mail
    assert "a@example.org" not in (row.sealed_address + row.sealed_secret)
    for person in (bob, otto, oda):
        other = signed_in(person)
        for act in ("test", "removal"):
            answer = other.post(f"/notices/channels/{row.pk}/{act}/")
            assert answer.status_code == 404
            assert other.post(f"/alerts/channels/{row.pk}/{act}/").status_code == 404
        assert "a@example.org" not in other.get("/alerts/channels/").text
    client.post(f"/notices/channels/{row.pk}/test/")
    assert [each.to for each in mail.outbox] == [["a@example.org"]]
    client.post(f"/notices/channels/{row.pk}/removal/")
    row.refresh_from_db()
    assert row.removed_at
    assert row.sealed_address == ""


def test_alerts_for_owners_do_not_go_to_a_persons_channel(
    alice: User, mailing: None
) -> None:
    from notifications import alerts

    deliveries.add_own_channel(alice, **MAIL)
    facts = {"account": "Wujie", "service": 1}
    alerts.tell("gateway_fault", key="1", facts=facts)
    deliveries.run()
    assert not Delivery.objects.exists()


# --- Nothing leaks


def test_nothing_held_is_told_by_any_way(
    alice: User, bob: User, signed_in: Any, mailing: None
) -> None:
    deliveries.add_own_channel(alice, **MAIL)
    artworks = [stored(alice, verdict) for verdict in ("review", "block", "pass")]
    decisions.screen_pending(10)
    client = signed_in(alice)
    ways = [
        client.get("/notices/").text,
        json.dumps(client.get("/notices/new/").json()),
    ]
    quiet()
    deliveries.run()
    assert len(mail.outbox) > 1
    ways += [f"{each.subject} {each.body}" for each in mail.outbox]
    for text in ways:
        assert KEPT not in text
        for artwork in artworks:
            assert f"/artworks/{artwork.pk}/" not in text
            assert f"/generations/{artwork.generation_id}/" not in text
    assert signed_in(bob).get("/notices/new/").json() == {"unread": 0, "notices": []}


def test_a_notice_of_three_months_ago_is_forgotten(alice: User) -> None:
    for kind in (Notice.Kind.DONE, Notice.Kind.HELD):
        Notice.objects.create(user=alice, kind=kind, team=factories.team())
    old = Notice.objects.filter(kind=Notice.Kind.DONE)
    old.update(created_at=timezone.now() - notices.KEPT_FOR)
    tasks.tidy()
    assert [kind for kind, _number in told(alice)] == [Notice.Kind.HELD]

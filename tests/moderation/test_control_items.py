"""Control items: known answers among the others, told apart by nobody, for nothing."""

import datetime
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork, Generation
from log.models import Entry
from moderation import control_items, decisions, passing_on, review_leases, tasks
from moderation.models import (
    Decision,
    Desk,
    KnownAnswer,
    Opinion,
    Review,
    RuleSet,
    Tally,
)
from spend import ledger_invariants
from spend.models import Transfer
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

LABELS = [{"label": "porn", "verdict": "review", "rate": 0.71}]


def held(alice: User, **fields: Any) -> Artwork:
    fields = {"verdict": "review", "labels": LABELS, **fields}
    return factories.artwork(alice, moderation="held", **fields)


def decide(artwork: Artwork, by: User, action: str = "release") -> Review:
    review = factories.review(artwork, claimed_by=by)
    reason = "sexual" if action == "reject" else ""
    done = decisions.decide(review, review.claim, action, by=by, reason=reason)
    factories.settle()
    return done


def by_two(artwork: Artwork, *people: User, action: str = "reject") -> None:
    Review.objects.filter(artwork=artwork).update(two_for="both")
    for by in people:
        decide(artwork, by, action)


def always(otto: User, percent: float = 100) -> None:
    RuleSet.objects.create(
        team=factories.team(), version=1, made_by=otto, control_percent=percent
    )


@pytest.fixture
def nora(db: None) -> User:
    return factories.user("nora", role="moderator")


@pytest.fixture
def known(alice: User, mona: User, otto: User) -> Artwork:
    """mona and otto agreed to reject it."""
    artwork = held(alice)
    by_two(artwork, mona, otto)
    artwork.refresh_from_db()
    return artwork


@pytest.fixture
def control(alice: User, otto: User, nora: User, known: Artwork) -> Review:
    """nora has it before her."""
    held(alice)
    always(otto)
    review = review_leases.take_next(nora, known.team_id)
    assert review is not None
    return review


# --- Where answers come from


def test_two_who_agree_make_an_answer_known(known: Artwork) -> None:
    found = KnownAnswer.objects.get()
    assert (found.review.artwork, found.answer) == (known, "reject")
    assert found.made_by is None


def test_one_alone_does_not(alice: User, mona: User) -> None:
    decide(held(alice), mona)
    assert not KnownAnswer.objects.exists()


def test_an_appeal_that_another_one_turns_down_does(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    artwork = held(alice)
    decide(artwork, mona, "reject")
    url = reverse("moderation:appeal", args=[artwork.pk])
    signed_in(alice).post(url, {"reason": "It is art"})
    decide(artwork, otto, "reject")
    found = KnownAnswer.objects.get()
    assert (found.answer, found.review.cause) == ("reject", "review")


def test_people_who_disagree_make_it_unknown(
    alice: User, mona: User, otto: User, nora: User, known: Artwork
) -> None:
    decisions.reopen(known, by=otto, reason="Was it?")
    decide(known, nora, "release")
    assert not KnownAnswer.objects.exists()


def test_an_undone_decision_says_nothing(alice: User, mona: User, otto: User) -> None:
    artwork = held(alice)
    review = factories.review(artwork, claimed_by=mona)
    decisions.decide(review, review.claim, "release", by=mona)
    decisions.undo(review, by=mona)
    review_leases.give_back(mona, [review.pk])
    decide(artwork, otto, "release")
    decisions.reopen(Artwork.objects.get(pk=artwork.pk), by=otto, reason="?")
    decide(artwork, otto, "release")
    assert not KnownAnswer.objects.exists()


def test_an_admin_marks_one_and_takes_it_back(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    artwork = held(alice)
    url = reverse("moderation:known", args=[artwork.pk])
    page = reverse("moderation:review", args=[artwork.pk])
    client = signed_in(otto)
    client.post(url, {"wanted": "1"})
    assert not KnownAnswer.objects.exists()  # it is not settled
    review_leases.give_back(otto, [factories.review(artwork).pk])
    decide(artwork, mona)
    assert "Use as a calibration item" in client.get(page).text
    assert "calibration item" not in signed_in(mona).get(page).text
    client.post(url, {"wanted": "1"})
    assert KnownAnswer.objects.get().made_by == otto
    client.post(url, {})
    assert not KnownAnswer.objects.exists()
    assert Entry.objects.filter(kind="known", by=otto).count() == 2


def test_nobody_else_marks_one(
    signed_in: Any, alice: User, bob: User, mona: User
) -> None:
    artwork = held(alice)
    decide(artwork, mona)
    url = reverse("moderation:known", args=[artwork.pk])
    for who in (alice, bob, mona):
        assert signed_in(who).post(url, {"wanted": "1"}).status_code == 404
    assert signed_in(mona).get(url).status_code == 405
    assert not KnownAnswer.objects.exists()


# --- What a moderator gets


def test_it_comes_in_the_place_of_the_next(
    control: Review, known: Artwork, nora: User
) -> None:
    real = Review.objects.real().waiting().get()
    assert (control.artwork, control.expected) == (known, "reject")
    assert control.is_claimed_by(nora)
    assert (control.cause, control.due_at) == ("review", real.due_at)
    assert (control.label, control.rate) == ("porn", 0.71)
    assert not real.is_claimed


@pytest.mark.parametrize(("percent", "number"), [(0, 0), (50, 20)])
def test_the_rate_is_the_teams(
    alice: User,
    otto: User,
    nora: User,
    known: Artwork,
    monkeypatch: pytest.MonkeyPatch,
    percent: float,
    number: int,
) -> None:
    held(alice)
    always(otto, percent)
    dice = iter([step / 40 for step in range(40)])
    monkeypatch.setattr(control_items.random, "random", lambda: next(dice))
    given = 0
    for _ in range(40):
        review = review_leases.take_next(nora, known.team_id)
        assert review is not None
        given += review.is_control
        review_leases.give_back(nora, [review.pk])
    assert given == number


def test_five_in_a_hundred_unless_a_team_says_otherwise(known: Artwork) -> None:
    assert control_items._percent(known.team_id) == 5.0


def test_where_no_answer_is_known_nothing_is_drawn(
    alice: User, otto: User, nora: User, django_assert_num_queries: Any
) -> None:
    always(otto)
    review = factories.review(held(alice))
    with django_assert_num_queries(1):
        assert control_items.mixed_in([review], nora, None) == []  # type: ignore[arg-type]


def test_who_knows_the_answer_does_not_get_it(
    signed_in: Any, alice: User, mona: User, otto: User, nora: User, known: Artwork
) -> None:
    held(alice)
    always(otto)
    for who in (mona, otto):
        review = review_leases.take_next(who, known.team_id)
        assert review is not None
        assert not review.is_control
        review_leases.give_back(who, [review.pk])
    signed_in(nora).post(reverse("moderation:reveal", args=[known.pk]))
    review = review_leases.take_next(nora, known.team_id)
    assert review is not None
    assert not review.is_control


def test_who_decided_alone_does_not_get_what_an_admin_marks(
    alice: User, mona: User, otto: User
) -> None:
    artwork = held(alice)
    decide(artwork, mona, "reject")
    control_items.mark(Artwork.objects.get(pk=artwork.pk), by=otto)
    held(alice)
    always(otto)
    review = review_leases.take_next(mona, artwork.team_id)
    assert review is not None
    assert not review.is_control


def test_whoever_asked_for_it_does_not_get_it(
    alice: User, mona: User, otto: User, nora: User
) -> None:
    by_two(held(nora), mona, otto)
    held(alice)
    always(otto)
    review = review_leases.take_next(nora, factories.team().pk)
    assert review is not None
    assert not review.is_control


def test_nobody_gets_it_twice(alice: User, control: Review, nora: User) -> None:
    decisions.decide(control, control.claim, "release", by=nora)
    factories.settle()
    following = review_leases.take_next(nora, control.team_id)
    assert following is not None
    assert not following.is_control


def test_labels_that_somebody_left_out_do_not_come_so(
    alice: User, otto: User, nora: User, known: Artwork
) -> None:
    nora.desk = control_items.Desk.objects.create(user=nora, opted_out=["porn"])
    held(alice, labels=[])
    always(otto)
    review = review_leases.take_next(nora, known.team_id)
    assert review is not None
    assert not review.is_control


def test_what_stands_no_longer_does_not_come(
    alice: User, otto: User, nora: User, known: Artwork
) -> None:
    held(alice)
    always(otto)
    Artwork.objects.filter(pk=known.pk).update(moderation="released")
    review = review_leases.take_next(nora, known.team_id)
    assert review is not None
    assert not review.is_control


def test_it_stands_on_sheets_too(
    signed_in: Any, alice: User, otto: User, nora: User, known: Artwork
) -> None:
    held(alice)
    always(otto)
    page = signed_in(nora).get(reverse("moderation:sheet"))
    assert [row.is_control for row in page.context["reviews"]].count(True) == 1
    assert "control" not in page.text.lower().replace("controls.css", "")


def test_a_sheet_is_undone_with_those_on_it(
    signed_in: Any,
    alice: User,
    otto: User,
    nora: User,
    known: Artwork,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(review_leases, "SHEET", 1)
    held(alice)
    always(otto)
    client = signed_in(nora)
    rows = client.get(reverse("moderation:sheet")).context["reviews"]
    sent = {"action": "release", "item": [f"{row.pk}:{row.claim}" for row in rows]}
    page = client.post(reverse("moderation:decide_sheet"), sent, follow=True)
    assert {row.pk for row in page.context["undoable"]} == {row.pk for row in rows}
    assert len(rows) == 2


# --- Told apart by nobody


def test_nothing_on_the_page_gives_it_away(
    signed_in: Any, alice: User, control: Review, nora: User
) -> None:
    real = Review.objects.real().waiting().get()
    Review.objects.filter(pk=real.pk).update(two_for="both")
    held(alice)  # something waits behind either
    client = signed_in(nora)
    pages = []
    for row in (control, real, control):  # the first one draws what is kept
        page = client.get(reverse("moderation:review", args=[row.artwork_id]))
        assert page.context["is_mine"]
        pages.append(page)
    as_real, as_control = pages = pages[1:]
    assert "calibration item" not in as_control.text.lower()
    assert "/generations/" not in as_control.text  # whose page tells what became of it
    assert "rejected" not in as_control.text.replace(" 1 rejected,", "")
    templates = [[each.name for each in page.templates] for page in pages]
    assert templates[0] == templates[1]
    said = [
        [(row.action, row.decided_by) for row in page.context["decisions"]]
        for page in pages
    ]
    assert said[0] == said[1] == []
    for name in ("reveals", "rejection", "overturned"):
        assert as_control.context[name] == as_real.context[name]


def test_the_queue_lists_it_like_any_other(
    signed_in: Any, control: Review, otto: User
) -> None:
    page = signed_in(otto).get(f"{reverse('moderation:queue')}?when=all")
    assert control in page.context["rows"]
    assert "calibration item" not in page.text.lower()


def test_its_age_is_that_of_the_one_in_whose_place_it_came(
    signed_in: Any, alice: User, otto: User, nora: User, known: Artwork
) -> None:
    long_ago = datetime.datetime(2019, 3, 4, 5, tzinfo=datetime.UTC)
    Decision.objects.create(artwork=known, action="hold", decided_at=long_ago)
    Artwork.objects.filter(pk=known.pk).update(created_at=long_ago)
    Generation.objects.filter(pk=known.generation_id).update(created_at=long_ago)
    held(alice)
    always(otto)
    client = signed_in(nora)
    sheet = client.get(reverse("moderation:sheet"))
    pages = [sheet, client.get(reverse("moderation:review", args=[known.pk]))]
    pages.append(client.get(f"{reverse('moderation:queue')}?when=all"))
    control = Review.objects.control_items().get()
    assert control in sheet.context["reviews"]
    assert control in pages[2].context["rows"]
    assert pages[1].context["is_mine"]
    for page in pages:
        assert "2019" not in page.text


def test_no_count_grows_with_it(
    signed_in: Any, alice: User, otto: User, nora: User, known: Artwork
) -> None:
    held(alice)
    always(otto)
    client, url = signed_in(nora), f"{reverse('moderation:queue')}?when=all"

    def counts() -> Any:
        page = client.get(url)
        return page.context["shell"].waiting, [c.count for c in page.context["chips"]]

    before = counts()
    given = review_leases.take_next(nora, known.team_id)
    assert given is not None
    assert given.is_control
    assert counts() == before


# --- Nothing comes of it


def test_an_answer_changes_nothing_outside(
    control: Review, known: Artwork, nora: User
) -> None:
    moved, decided = Transfer.objects.count(), Decision.objects.count()
    decisions.decide(control, control.claim, "release", by=nora)
    factories.settle()
    control.refresh_from_db()
    assert (control.status, control.decision) == ("closed", None)
    known.refresh_from_db()
    assert known.moderation == "rejected"
    assert Decision.objects.count() == decided
    assert Transfer.objects.count() == moved
    assert list(ledger_invariants.broken()) == []
    assert Opinion.objects.get(review=control).action == "release"
    entry = Entry.objects.filter(kind="decision").last()
    assert entry is not None
    assert '"control":true' in entry.facts


def test_its_author_hears_nothing_of_it(
    signed_in: Any, alice: User, control: Review, nora: User
) -> None:
    url = reverse("moderation:outcome", args=[control.artwork_id])
    before = signed_in(alice).get(url).context["decision"]
    decisions.decide(
        control, control.claim, "reject", by=nora, reason="rights", text="Mine"
    )
    factories.settle()
    page = signed_in(alice).get(url)
    assert page.context["decision"] == before
    assert "Mine" not in page.text


def test_an_answer_is_undone_like_any_other(
    signed_in: Any, control: Review, nora: User
) -> None:
    url = reverse("moderation:decide", args=[control.artwork_id])
    sent = {"action": "release", "claim": control.claim, "ahead": "1"}
    response = signed_in(nora).post(url, sent)
    assert response.context["undoable"] == [control]
    assert "Approved." in response.text
    undone = decisions.undo(control, by=nora)
    assert undone.is_claimed_by(nora)
    assert not Opinion.objects.filter(review=control).exists()
    assert not Decision.objects.filter(decided_by=nora).exists()
    decisions.decide(undone, undone.claim, "reject", by=nora, reason="sexual")
    factories.settle()
    assert Tally.objects.get(controls=1).agreed == 1


def test_answered_twice_counts_once(control: Review, nora: User) -> None:
    for _ in range(2):
        decisions.decide(control, control.claim, "release", by=nora)
    assert Opinion.objects.filter(review=control).count() == 1


def test_it_ends_with_its_lease(
    alice: User, otto: User, nora: User, control: Review
) -> None:
    review_leases.skip(control, control.claim, by=nora)
    control.refresh_from_db()
    assert (control.status, control.decision) == ("closed", None)
    following = review_leases.take_next(nora, control.team_id)
    assert following == Review.objects.real().last()  # skipped, it does not come back
    assert not Tally.objects.filter(controls__gt=0).exists()


def test_it_ends_with_a_lease_that_ran_out(otto: User, control: Review) -> None:
    Review.objects.filter(pk=control.pk).update(claimed_until=timezone.now())
    assert (
        review_leases.take_next(otto, control.team_id) == Review.objects.real().last()
    )
    tasks.watch()
    control.refresh_from_db()
    assert control.status == "closed"


def test_what_is_escalated_reaches_nobody(control: Review, nora: User) -> None:
    passing_on.escalate(control, control.claim, by=nora, reason="Hm", priority=1)
    assert not Review.objects.waiting().control_items().exists()


def test_a_lease_that_ran_out_is_refused(control: Review, nora: User) -> None:
    late = timezone.now() - datetime.timedelta(seconds=1)
    Review.objects.filter(pk=control.pk).update(claimed_until=late)
    with pytest.raises(review_leases.LeaseLost):
        decisions.decide(control, control.claim, "release", by=nora)


def test_a_label_left_out_that_is_not_the_strongest_does_not_come_so(
    alice: User, otto: User, nora: User, known: Artwork
) -> None:
    labels = [
        {"label": "politics", "verdict": "block", "rate": 0.99},
        {"label": "porn", "verdict": "review", "rate": 0.9},
    ]
    Artwork.objects.filter(pk=known.pk).update(labels=labels)
    Review.objects.filter(artwork=known).update(label="politics")
    Desk.objects.create(user=nora, opted_out=["porn"])
    waiting = factories.artwork(alice, moderation="held")
    always(otto)
    found = review_leases.take_next(nora, known.team_id)
    assert found is not None and found.artwork == waiting

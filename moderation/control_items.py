"""Control items (calibration items): pictures with a known answer in the queue.

Two people who independently decide the same (``learn``), or an admin (``mark``), make
an answer known. A control item copies the picture's first review, replaces the next
item, and lives as long as its lease. Its answer is an opinion: picture and ledger stay
unchanged.
"""

import random
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork
from log import chain
from moderation import rules
from moderation.models import (
    CONTROL_PERCENT,
    Decision,
    Desk,
    KnownAnswer,
    Opinion,
    Reveal,
    Review,
    RuleSet,
    Skip,
)
from moderation.tabs import TAB_OF_CAUSE

Status = Review.Status
Cause = Review.Cause
Action = Decision.Action
#: Newest known answers of a team in use.
MOST_IN_USE = 500
#: Causes of reviews of pictures decided before.
RETURNED = (Cause.APPEAL, Cause.REOPENED, Cause.REPORT)
ANSWERS: dict[str, Decision.Action] = {
    Artwork.Moderation.RELEASED: Action.RELEASE,
    Artwork.Moderation.REJECTED: Action.REJECT,
}


class NotSettled(ValueError):
    """No person decided, or a review is open."""


def mixed_in(
    following: Sequence[Review], by: User, desk: Desk, cause: str = ""
) -> list[Review]:
    """Unleased control items for a random share of the following items.

    Each is due with its item. One query where none is drawn.
    """
    queued = [row for row in following if row.inbox == Review.Inbox.MAIN]
    if not queued:
        return []
    percent = _percent(queued[0].team_id)
    drawn = [row for row in queued if random.random() * 100 < percent]
    if not drawn:
        return []
    fresh = _fresh_to(by, queued[0].team_id, desk)
    if cause or queued[0].cause in TAB_OF_CAUSE:
        fresh = fresh.filter(review__cause=cause or queued[0].cause)
    else:  # appeals and reports stand in tabs of their own
        fresh = fresh.exclude(review__cause__in=TAB_OF_CAUSE)
    keys = list(fresh.values_list("pk", flat=True))
    chosen = random.sample(keys, min(len(drawn), len(keys)))
    known = KnownAnswer.objects.filter(pk__in=chosen).select_related("review__artwork")
    return [
        _control_item(answer, row)
        for answer, row in zip(known, drawn[: len(chosen)], strict=True)
        if not rules.labels_against(answer.review.artwork) & set(desk.opted_out)
    ]


def learn(settled: Iterable[Review]) -> None:
    """Keep answers on which two people agree; forget those in dispute."""
    answered_twice = [
        row
        for row in settled
        if row.decision and (row.two_for or row.cause in RETURNED)
    ]
    if not answered_twice:
        return
    answers = _answers([row.artwork_id for row in answered_twice])
    agreed, disputed = {}, []
    for artwork, given in answers.items():
        actions = {action for _, action in given}
        if len(actions) > 1:
            disputed.append(artwork)
        elif len({by for by, _ in given}) > 1:
            agreed[artwork] = actions.pop()
    KnownAnswer.objects.filter(review__artwork__in=disputed).delete()
    firsts = _first_reviews(agreed)
    KnownAnswer.objects.bulk_create(
        (
            KnownAnswer(review=row, team_id=row.team_id, answer=agreed[row.artwork_id])
            for row in firsts
        ),
        ignore_conflicts=True,
    )


def is_markable(artwork: Artwork) -> bool:
    is_open = Review.objects.open().filter(artwork=artwork).exists()
    return (
        artwork.moderation in ANSWERS
        and artwork.binned_at is None
        and not is_open
        and _first_reviews([artwork.pk]).exists()
    )


def mark(artwork: Artwork, *, by: User) -> KnownAnswer:
    """An admin confirms the decision in force. Raises NotSettled."""
    with transaction.atomic():
        if not is_markable(artwork):
            raise NotSettled
        first, answer = _first_reviews([artwork.pk])[0], ANSWERS[artwork.moderation]
        known, _ = KnownAnswer.objects.update_or_create(
            review=first,
            defaults={"team_id": first.team_id, "answer": answer, "made_by": by},
        )
        _log(artwork, by, str(answer))
    return known


def unmark(artwork: Artwork, *, by: User) -> None:
    with transaction.atomic():
        if KnownAnswer.objects.filter(review__artwork=artwork).delete()[0]:
            _log(artwork, by, "")


def close_lapsed() -> int:
    """Close control items whose lease ran out; returns how many."""
    lapsed = Review.objects.waiting().control_items()
    return lapsed.filter(claimed_until__lte=timezone.now()).update(
        status=Status.CLOSED, closed_at=timezone.now()
    )


def _percent(team: int) -> float:
    """0 where the team has no known answer."""
    newest = RuleSet.objects.filter(team=team).order_by("-version")
    percent = Coalesce(Subquery(newest.values("control_percent")[:1]), CONTROL_PERCENT)
    known = KnownAnswer.objects.filter(team=team).annotate(percent=percent)
    return known.values_list("percent", flat=True).first() or 0.0


def _fresh_to(by: User, team: int, desk: Desk) -> "QuerySet[KnownAnswer]":
    newest = (
        KnownAnswer.objects.filter(team=team).order_by("-pk").values("pk")[:MOST_IN_USE]
    )
    artwork = OuterRef("review__artwork")
    holds = Q()
    for state, answer in ANSWERS.items():
        holds |= Q(review__artwork__moderation=state, answer=answer)
    rows = KnownAnswer.objects.filter(
        holds, pk__in=newest, review__artwork__binned_at=None
    ).filter(
        ~Exists(Decision.objects.filter(artwork=artwork, decided_by=by)),
        ~Exists(Opinion.objects.filter(review__artwork=artwork, by=by)),
        ~Exists(Reveal.objects.filter(artwork=artwork, revealed_by=by)),
        ~Exists(Skip.objects.filter(review__artwork=artwork, by=by)),
        ~Exists(Review.objects.filter(artwork=artwork).exclude(status=Status.CLOSED)),
    )
    rows = rows.exclude(review__requested_by=by).exclude(made_by=by)
    return rows.exclude(review__label__in=desk.opted_out) if desk.opted_out else rows


def _control_item(known: KnownAnswer, following: Review) -> Review:
    first = known.review
    return Review.objects.create(
        artwork_id=first.artwork_id,
        team_id=first.team_id,
        requested_by_id=first.requested_by_id,
        cause=first.cause,
        text=first.text,
        label=first.label,
        rate=first.rate,
        harm=first.harm,
        two_for=first.two_for,
        due_at=following.due_at,
        created_at=following.created_at,
        expected=known.answer,
    )


def _first_reviews(artworks: Iterable[int]) -> "QuerySet[Review]":
    decided = Review.objects.real().filter(status=Status.CLOSED, decision__isnull=False)
    earlier = decided.filter(artwork=OuterRef("artwork"), pk__lt=OuterRef("pk"))
    return decided.filter(~Exists(earlier), artwork__in=list(artworks))


def _answers(artworks: list[int]) -> dict[int, set[tuple[int, str]]]:
    """Artwork → pairs of person and action, without undone ones."""
    decided = Review.objects.real().filter(artwork__in=artworks, decision__isnull=False)
    opinions = Opinion.objects.filter(review__artwork__in=artworks, review__expected="")
    answers: dict[int, set[tuple[int, str]]] = {}
    for rows in (
        decided.values_list("artwork", "decision__decided_by", "decision__action"),
        opinions.values_list("review__artwork", "by", "action"),
    ):
        for artwork, by, action in rows:
            answers.setdefault(artwork, set()).add((by, action))
    return answers


def _log(artwork: Artwork, by: User, answer: str) -> None:
    facts = {"answer": answer}
    chain.append(
        chain.Event(artwork.team_id, chain.Kind.KNOWN, by.pk, artwork.pk, facts)
    )

"""Control items: pictures with a known answer among what a moderator gets.

Where answers come from: two people decided the same of a picture, each on their own
(``learn``), or an admin marks one (``mark``). A control item is a review of its own: it
looks like the first one that the picture had and comes where the next item would have
come. It lives as long as its lease; it changes neither the picture nor the books, and
its answer is an opinion, no decision. How often a person agrees is for them to know.
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

Status = Review.Status
Cause = Review.Cause
Action = Decision.Action
#: Of a team's known answers so many are in use, the newest.
NEWEST = 500
#: What brings back a picture that somebody decided on before.
AGAIN = (Cause.APPEAL, Cause.REOPENED, Cause.REPORT)

#: What is right about a picture in that state.
ANSWERS: dict[str, Decision.Action] = {
    Artwork.Moderation.RELEASED: Action.RELEASE,
    Artwork.Moderation.REJECTED: Action.REJECT,
}


class NotSettled(ValueError):
    """Nobody has decided on it, or it is being looked at."""


def mixed_in(
    following: Sequence[Review], by: User, desk: Desk, cause: str = ""
) -> list[Review]:
    """Control items for some of the items that follow, new and not leased yet. One
    query as a rule. They are due with the item that they come with."""
    queued = [row for row in following if row.inbox == Review.Inbox.MAIN]
    if not queued:
        return []
    percent = _percent(queued[0].team_id)
    drawn = [row for row in queued if random.random() * 100 < percent]
    if not drawn:
        return []
    fresh = _fresh_to(by, queued[0].team_id, desk)
    if cause:
        fresh = fresh.filter(review__cause=cause)
    keys = list(fresh.values_list("pk", flat=True))
    chosen = random.sample(keys, min(len(drawn), len(keys)))
    known = KnownAnswer.objects.filter(pk__in=chosen).select_related("review__artwork")
    return [
        _like(answer, row)
        for answer, row in zip(known, drawn[: len(chosen)], strict=True)
        if not rules.labels_against(answer.review.artwork) & set(desk.opted_out)
    ]


def learn(settled: Iterable[Review]) -> None:
    """Of what was settled now: where two people agree, the answer is known; where
    people disagree, it is no longer."""
    doubted = [
        row for row in settled if row.decision and (row.two_for or row.cause in AGAIN)
    ]
    if not doubted:
        return
    said = _said_of([row.artwork_id for row in doubted])
    agreed, in_doubt = {}, []
    for artwork, opinions in said.items():
        actions = {action for _, action in opinions}
        if len(actions) > 1:
            in_doubt.append(artwork)
        elif len({by for by, _ in opinions}) > 1:
            agreed[artwork] = actions.pop()
    KnownAnswer.objects.filter(review__artwork__in=in_doubt).delete()
    firsts = _first_reviews(agreed)
    KnownAnswer.objects.bulk_create(
        (
            KnownAnswer(review=row, team_id=row.team_id, answer=agreed[row.artwork_id])
            for row in firsts
        ),
        ignore_conflicts=True,
    )


def is_markable(artwork: Artwork) -> bool:
    """People have decided on it, and it is not looked at again."""
    is_open = Review.objects.open().filter(artwork=artwork).exists()
    return (
        artwork.moderation in ANSWERS
        and not is_open
        and _first_reviews([artwork.pk]).exists()
    )


def mark(artwork: Artwork, *, by: User) -> KnownAnswer:
    """An admin vouches for what was decided. Raises NotSettled."""
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
    """Those whose lease ran out without an answer; how many."""
    lapsed = Review.objects.waiting().control_items()
    return lapsed.filter(claimed_until__lte=timezone.now()).update(
        status=Status.CLOSED, closed_at=timezone.now()
    )


def _percent(team: int) -> float:
    """Of the rules in force; 0 where no answer is known."""
    newest = RuleSet.objects.filter(team=team).order_by("-version")
    percent = Coalesce(Subquery(newest.values("control_percent")[:1]), CONTROL_PERCENT)
    known = KnownAnswer.objects.filter(team=team).annotate(percent=percent)
    return known.values_list("percent", flat=True).first() or 0.0


def _fresh_to(by: User, team: int, desk: Desk) -> "QuerySet[KnownAnswer]":
    """Theirs is no part in it so far, and the answer stands."""
    newest = KnownAnswer.objects.filter(team=team).order_by("-pk").values("pk")[:NEWEST]
    artwork = OuterRef("review__artwork")
    stands = Q()
    for state, answer in ANSWERS.items():
        stands |= Q(review__artwork__moderation=state, answer=answer)
    rows = KnownAnswer.objects.filter(stands, pk__in=newest).filter(
        ~Exists(Decision.objects.filter(artwork=artwork, decided_by=by)),
        ~Exists(Opinion.objects.filter(review__artwork=artwork, by=by)),
        ~Exists(Reveal.objects.filter(artwork=artwork, revealed_by=by)),
        ~Exists(Skip.objects.filter(review__artwork=artwork, by=by)),
        ~Exists(Review.objects.filter(artwork=artwork).exclude(status=Status.CLOSED)),
    )
    rows = rows.exclude(review__requested_by=by).exclude(made_by=by)
    return rows.exclude(review__label__in=desk.opted_out) if desk.opted_out else rows


def _like(known: KnownAnswer, following: Review) -> Review:
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
    """What brought each of them before people first."""
    decided = Review.objects.real().filter(status=Status.CLOSED, decision__isnull=False)
    earlier = decided.filter(artwork=OuterRef("artwork"), pk__lt=OuterRef("pk"))
    return decided.filter(~Exists(earlier), artwork__in=list(artworks))


def _said_of(artworks: list[int]) -> dict[int, set[tuple[int, str]]]:
    """Artwork → who decided what of it, and was not undone."""
    decided = Review.objects.real().filter(artwork__in=artworks, decision__isnull=False)
    opinions = Opinion.objects.filter(review__artwork__in=artworks, review__expected="")
    said: dict[int, set[tuple[int, str]]] = {}
    for rows in (
        decided.values_list("artwork", "decision__decided_by", "decision__action"),
        opinions.values_list("review__artwork", "by", "action"),
    ):
        for artwork, by, action in rows:
            said.setdefault(artwork, set()).add((by, action))
    return said


def _log(artwork: Artwork, by: User, answer: str) -> None:
    facts = {"answer": answer}
    chain.append(
        chain.Event(artwork.team_id, chain.Kind.KNOWN, by.pk, artwork.pk, facts)
    )

"""Counts settled reviews by hour, in the settling transaction."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator

from django.db.models import F

from generation.models import Artwork
from moderation.models import Decision, Opinion, Review, Tally

Action = Decision.Action
Verdict = Artwork.VerdictChoice
#: Verdict → suggested action; a missing verdict suggests none.
SUGGESTED = {
    Verdict.PASS: Action.RELEASE,
    Verdict.REVIEW: Action.REJECT,
    Verdict.BLOCK: Action.REJECT,
}
Key = tuple[int, datetime.datetime, str]


def count(reviews: Iterable[Review]) -> None:
    """One statement for all new tallies, one for each increased tally."""
    reviews = list(reviews)
    controls = [row.pk for row in reviews if row.is_control]
    answers = Opinion.objects.filter(review__in=controls)
    by_review = {opinion.review_id: opinion for opinion in answers}
    counted: dict[Key, Counter[str]] = {}
    for row in reviews:
        answer = by_review.get(row.pk) if row.is_control else row.decision
        if answer is None:
            continue
        at = answer.at if isinstance(answer, Opinion) else answer.decided_at
        key = row.team_id, hour_of(at), row.label
        counted.setdefault(key, Counter()).update(_columns(row, answer.action))
    names = ("team_id", "hour", "label")
    rows = [Tally(**dict(zip(names, key, strict=True))) for key in counted]
    if rows:
        Tally.objects.bulk_create(rows, ignore_conflicts=True)
    for key, columns in sorted(counted.items()):  # everybody locks in this order
        more = {name: F(name) + number for name, number in columns.items()}
        Tally.objects.filter(**dict(zip(names, key, strict=True))).update(**more)


def hour_of(at: datetime.datetime) -> datetime.datetime:
    """As `Tally.hour`."""
    return at.astimezone(datetime.UTC).replace(minute=0, second=0, microsecond=0)


def _columns(row: Review, action: str) -> Iterator[str]:
    if row.is_control:
        yield "controls"
        if action == row.expected:
            yield "agreed"
        return
    yield "released" if action == Action.RELEASE else "rejected"
    suggestion = SUGGESTED.get(Verdict(row.artwork.verdict))
    if suggestion:
        yield "suggested"
        if action != suggestion:
            yield "overturned"

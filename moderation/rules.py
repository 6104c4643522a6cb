"""Judges an artwork by what the provider's audit said of it. No side effects.

Fails closed: only a PASS that nothing contradicts is released; whatever is doubtful,
missing or unreadable is held for a person (contract §6.1, §6.4).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from generation.models import Artwork
from moderation.models import Decision

Verdict = Artwork.VerdictChoice
PASS = Verdict.PASS.value
VERDICT_GROUNDS = {
    Verdict.REVIEW.value: "verdict:review",
    Verdict.BLOCK.value: "verdict:block",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule decides, and on which grounds: ``verdict:pass``, ``verdict:review``,
    ``label:porn:review``, ``check_failed``, ``offending``, ``no_audit``,
    ``unreadable``."""

    action: Decision.Action
    grounds: tuple[str, ...]


def judge(artwork: Artwork) -> Judgement:
    """RELEASE where the audit is a clear pass, else HOLD with everything against it."""
    grounds = tuple(_against(artwork))
    action = Decision.Action.HOLD if grounds else Decision.Action.RELEASE
    return Judgement(action, grounds or (f"verdict:{PASS}",))


def _against(artwork: Artwork) -> Iterator[str]:
    if artwork.verdict != PASS:
        yield VERDICT_GROUNDS.get(artwork.verdict, "no_audit")
    if artwork.is_check_failed:
        yield "check_failed"
    # A flagged picture comes as "success", address and all: the flag counts alone.
    if artwork.is_offending:
        yield "offending"
    yield from _labels_against(artwork.labels)


def _labels_against(labels: object) -> Iterator[str]:
    """Every label that is not a pass itself, whatever the total says."""
    if not isinstance(labels, list):
        yield "unreadable"
        return
    for row in labels:
        verdict = row.get("verdict") if isinstance(row, dict) else None
        if not isinstance(verdict, str):
            yield "unreadable"
        elif verdict != PASS:
            yield f"label:{row.get('label') or 'unknown'}:{verdict}"

"""Judges an artwork by the provider's audit and the team's rules. No side effects.

Fails closed: only an uncontradicted PASS is released without a person; a doubtful,
missing or unreadable audit holds the artwork (contract §6.1, §6.4). A team's rules may
set another outcome for a verdict or a label at a rate, but never release a failed
check, a flagged picture or an unreadable audit.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from generation.models import Artwork
from moderation.models import CONTROL_PERCENT, Decision, Review, Rule, RuleSet

Verdict = Artwork.VerdictChoice
Action = Decision.Action
Outcome = Rule.Outcome
Cause = Review.Cause
PASS = Verdict.PASS.value
VERDICT_GROUNDS = {
    Verdict.REVIEW.value: "verdict:review",
    Verdict.BLOCK.value: "verdict:block",
}
#: The most lenient outcome first.
STRICTER = [Outcome.RELEASE, Outcome.HOLD, Outcome.TWO, Outcome.REJECT]
#: A rate this near to a rule's limit is a near miss, and held.
NEAR_MISS = 0.05
#: Ground → cause of the review; the gravest first.
CAUSES = {
    "verdict:block": Cause.BLOCK,
    "offending": Cause.OFFENDING,
    "check_failed": Cause.CHECK_FAILED,
    "no_audit": Cause.NO_AUDIT,
    "unreadable": Cause.NO_AUDIT,
    "verdict:review": Cause.REVIEW,
    "near": Cause.NEAR_MISS,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the audit: of a label, or of the whole picture (no label)."""

    verdict: str
    label: str = ""
    rate: float | None = None


#: Outcome, its ground, and the rule that sets it.
OutcomeOfRow = tuple[Outcome, str, Rule | None]


@dataclass(frozen=True, slots=True)
class TeamRules:
    """Version 0: the team has none."""

    version: int = 0
    sample_percent: float = 1.0
    rules: tuple[Rule, ...] = ()
    control_percent: float = CONTROL_PERCENT
    alike_within: int = 15
    flagged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """An action and its grounds: ``verdict:pass``, ``verdict:review``,
    ``label:porn:review``, ``check_failed``, ``offending``, ``no_audit``,
    ``unreadable``, ``near:porn``, ``rule:3`` (a rule's position in its version)."""

    action: Decision.Action
    grounds: tuple[str, ...]
    two_for: str = ""
    due_minutes: int | None = None

    @property
    def cause(self) -> Review.Cause:
        """By the gravest ground."""
        kinds = {ground.split(":", 1)[0] for ground in self.grounds}
        for ground, cause in CAUSES.items():
            if ground in self.grounds or ground in kinds:
                return cause
        return Cause.RULE if "rule" in kinds else Cause.REVIEW


def in_force(team: int) -> TeamRules:
    """The newest version. Two queries; one without rules."""
    newest = RuleSet.objects.filter(team=team).order_by("-version").first()
    return TeamRules() if newest is None else of_version(newest)


def of_version(version: RuleSet) -> TeamRules:
    return TeamRules(
        version.version,
        version.sample_percent,
        tuple(version.rules.all()),  # by position
        version.control_percent,
        version.alike_within,
        tuple(version.flagged_words.splitlines()),
    )


def judge(
    artwork: Artwork, by: TeamRules | None = None, operation: str = ""
) -> Judgement:
    """The strictest outcome of all rows and flags."""
    by = by or TeamRules()
    flags = list(_flags(artwork))
    labels = [(row, _of_row(row, by, operation)) for row in _labels(artwork)]
    found = [_of_whole(artwork, labels, by, operation)]
    found += [outcome for _, outcome in labels]
    outcomes = [outcome for outcome, _, _ in found]
    if flags:
        outcomes.append(Outcome.HOLD)
    strictest = max(outcomes, key=STRICTER.index, default=Outcome.RELEASE)
    against = [ground for outcome, ground, _ in found if outcome != Outcome.RELEASE]
    rules = [rule for outcome, _, rule in found if rule and outcome == strictest]
    if strictest == Outcome.RELEASE:
        near = tuple(_near_misses(artwork, by, operation))
        if near:
            return Judgement(Action.HOLD, near)
    verdict = against[:1] if against[:1] == [_verdict_ground(artwork)] else []
    grounds = [*verdict, *flags, *against[len(verdict) :]]
    grounds += dict.fromkeys(f"rule:{rule.position}" for rule in rules)
    return Judgement(
        _ACTIONS[strictest],
        tuple(grounds) or (f"verdict:{PASS}",),
        _two_for(strictest, rules),
        min((rule.due_minutes for rule in rules if rule.due_minutes), default=None),
    )


_ACTIONS = {
    Outcome.RELEASE: Action.RELEASE,
    Outcome.HOLD: Action.HOLD,
    Outcome.TWO: Action.HOLD,
    Outcome.REJECT: Action.REJECT,
}


def strongest(artwork: Artwork) -> Row:
    """By verdict, then by rate."""
    gravity = [PASS, Verdict.MISSING.value, Verdict.REVIEW.value, Verdict.BLOCK.value]

    def weight(row: Row) -> tuple[int, float]:
        known = row.verdict if row.verdict in gravity else Verdict.MISSING.value
        return gravity.index(known), row.rate or 0.0

    return max(_labels(artwork), key=weight, default=Row(artwork.verdict))


def is_severe(artwork: Artwork) -> bool:
    """No person releases such a picture unseen."""
    verdicts = {artwork.verdict, *(row.verdict for row in _labels(artwork))}
    is_flagged = artwork.is_check_failed or artwork.is_offending
    return is_flagged or Verdict.BLOCK.value in verdicts


def labels_against(artwork: Artwork) -> set[str]:
    return {row.label for row in _labels(artwork) if row.verdict != PASS}


def _verdict_ground(artwork: Artwork) -> str:
    return VERDICT_GROUNDS.get(artwork.verdict, "no_audit")


def _of_whole(
    artwork: Artwork,
    labels: list[tuple[Row, OutcomeOfRow]],
    by: TeamRules,
    operation: str,
) -> OutcomeOfRow:
    """As strict as the labels that explain the verdict: a rule may release a label at a
    rate."""
    whole = _of_row(Row(artwork.verdict), by, operation)
    explain = [of for row, of in labels if row.verdict == artwork.verdict]
    if whole[2] or artwork.verdict not in VERDICT_GROUNDS or not explain:
        return whole
    outcome = max((of[0] for of in explain), key=STRICTER.index)
    return outcome, whole[1], None


def _flags(artwork: Artwork) -> Iterator[str]:
    """Grounds that no rule releases."""
    if artwork.is_check_failed:
        yield "check_failed"
    # A flagged picture arrives with status "success" and an address.
    if artwork.is_offending:
        yield "offending"
    labels = artwork.labels
    if not isinstance(labels, list) or not all(map(_is_readable, labels)):
        yield "unreadable"


def _is_readable(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("verdict"), str)


def _labels(artwork: Artwork) -> list[Row]:
    labels = artwork.labels if isinstance(artwork.labels, list) else []
    return [
        Row(row["verdict"], str(row.get("label") or "unknown"), _rate(row))
        for row in labels
        if _is_readable(row)
    ]


def _rate(row: dict[str, object]) -> float | None:
    rate = row.get("rate")
    return float(rate) if isinstance(rate, int | float) else None


def _of_row(row: Row, by: TeamRules, operation: str) -> OutcomeOfRow:
    ground = f"label:{row.label}:{row.verdict}"
    if not row.label:
        ground = VERDICT_GROUNDS.get(row.verdict, "no_audit")
    is_known = row.verdict in VERDICT_GROUNDS or row.verdict == PASS
    for rule in by.rules:
        if _fits(rule, row, operation) and _is_in_band(rule, row.rate):
            outcome = Outcome(rule.outcome)
            if outcome != Outcome.RELEASE or is_known:
                return outcome, ground, rule
    return (Outcome.RELEASE if row.verdict == PASS else Outcome.HOLD), ground, None


def applying_to(row: Row, by: TeamRules, operation: str) -> list[Rule]:
    """Those that fit at some rate, in order."""
    return [rule for rule in by.rules if _fits(rule, row, operation)]


def _fits(rule: Rule, row: Row, operation: str) -> bool:
    """At some rate."""
    return (
        rule.verdict in ("", row.verdict)
        and rule.label in ("", row.label)
        and rule.operation in ("", operation)
    )


def _is_in_band(rule: Rule, rate: float | None) -> bool:
    if rate is None:  # only a rule without limits fits
        return (rule.rate_from, rule.rate_to) == (0.0, 1.0)
    return rule.rate_from <= rate <= rule.rate_to


def _near_misses(artwork: Artwork, by: TeamRules, operation: str) -> Iterator[str]:
    for row in _labels(artwork):
        rate = row.rate
        if rate is None:
            continue
        limits = [
            limit
            for rule in applying_to(row, by, operation)
            for limit in (rule.rate_from, rule.rate_to)
            if 0.0 < limit < 1.0
        ]
        # Rates are decimal fractions: 0.8 - 0.75 must be 0.05.
        if any(round(abs(rate - limit), 9) <= NEAR_MISS for limit in limits):
            yield f"near:{row.label}"


def _two_for(strictest: Outcome, rules: list[Rule]) -> str:
    if strictest != Outcome.TWO:
        return ""
    asked = {rule.two_for or Rule.TwoFor.BOTH.value for rule in rules}
    return asked.pop() if len(asked) == 1 else Rule.TwoFor.BOTH.value

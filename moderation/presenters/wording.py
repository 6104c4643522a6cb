"""Verdicts, labels, rates, grounds and advice in words."""

from typing import Any

from django.conf import settings
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from generation.models import Artwork
from generation.operations import OPERATIONS
from moderation.models import LABELS, Decision, label_word

Verdict = Artwork.VerdictChoice
Reason = Decision.Reason
#: A row of `Artwork.labels`, from the provider's module.
Label = dict[str, Any]

#: The most lenient verdict first.
SEVERITY = [Verdict.PASS, Verdict.MISSING, Verdict.REVIEW, Verdict.BLOCK]
GROUNDS = {
    "no_audit": gettext_lazy("the gateway sent no readable audit"),
    "check_failed": gettext_lazy("the gateway's check failed"),
    "offending": gettext_lazy("flagged by the gateway"),
    "unreadable": gettext_lazy("a part of the audit is unreadable"),
    "undone": gettext_lazy("taken back at once"),
    "reopened": gettext_lazy("reopened"),
}
#: Grounds with a name after the colon.
NAMED_GROUNDS = {
    "near": gettext_lazy("near a limit: %s"),
    "rule": gettext_lazy("rule %s of the team"),
    "same": gettext_lazy("the same picture was decided before: %s"),
}
OUTCOMES = {
    "release": gettext_lazy("approved"),
    "hold": gettext_lazy("in review"),
    "two": gettext_lazy("in review by two people"),
    "reject": gettext_lazy("rejected"),
}
ADVICE = {
    Reason.SEXUAL: gettext_lazy(
        "Ask for people who are clothed, in a scene that is not about bodies."
    ),
    Reason.VIOLENCE: gettext_lazy(
        "Leave out weapons, wounds and violence; show what comes before or after it."
    ),
    Reason.POLITICS: gettext_lazy(
        "Leave out politicians, parties, flags and events of politics."
    ),
    Reason.PROHIBITED: gettext_lazy(
        "Leave out drugs, weapons, gambling and what else must not be offered."
    ),
    Reason.RIGHTS: gettext_lazy(
        "Describe a person, figure or mark of your own instead of one that is known."
    ),
    Reason.QUALITY: gettext_lazy(
        "Nothing is wrong with your words. Try again, or with another size or model."
    ),
    Reason.OTHER: gettext_lazy("Change the words, or say in an appeal what you meant."),
}


def known(verdict: object) -> Verdict:
    """*Missing* for an unknown one."""
    return Verdict(verdict) if verdict in Verdict.values else Verdict.MISSING


def is_unaudited(artwork: Artwork) -> bool:
    """The gateway audits no picture of the operation: the audit did not fail."""
    operation = OPERATIONS.get(artwork.generation.operation)
    is_missing = known(artwork.verdict) == Verdict.MISSING
    return is_missing and operation is not None and not operation.is_audited


def verdict_word(verdict: str) -> str:
    return str(known(verdict).label)


def other_language() -> str:
    """The portal's language that the reader did not choose."""
    others = [code for code, _name in settings.LANGUAGES if code != get_language()]
    return others[0]


def label_in_other_language(label: str) -> str:
    """Empty for an unknown label."""
    with override(other_language()):
        return str(LABELS.get(label, ""))


def labels(artwork: Artwork) -> list[Label]:
    """The gravest verdict first, then the highest rate."""
    rows = artwork.labels if isinstance(artwork.labels, list) else []
    return sorted((row for row in rows if isinstance(row, dict)), key=_weight)


def _weight(row: Label) -> tuple[int, float]:
    rate = row.get("rate")
    severity = SEVERITY.index(known(row.get("verdict")))
    return -severity, -rate if isinstance(rate, int | float) else 0.0


def percent(rate: float | None) -> str:
    """0.9944 → "99 %"; None → ""."""
    if rate is None:
        return ""
    return _("%(number)s %%") % {"number": f"{rate * 100:.0f}"}


def words(ground: str) -> str:
    """A ground of `rules.Judgement` in the reader's language."""
    kind, _colon, rest = ground.partition(":")
    if kind == "verdict":
        return _("the gateway suggests: %s") % verdict_word(rest)
    if kind == "label":
        label, _colon, verdict = rest.rpartition(":")
        return f"{label_word(label)} · {verdict_word(verdict)}"
    if kind in NAMED_GROUNDS:
        name = label_word(rest) if kind == "near" else rest
        return str(NAMED_GROUNDS[kind]) % name
    return str(GROUNDS.get(kind, ground))


def judged(outcome: str) -> str:
    """An outcome of rules, or a known answer."""
    return str(OUTCOMES.get(outcome, outcome))


def advice(reason: str) -> str:
    """For the author, where the moderator wrote no text."""
    return str(ADVICE[Reason(reason or Reason.OTHER)])

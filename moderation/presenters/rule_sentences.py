"""Rules and their versions as sentences."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from generation.operations import OPERATIONS
from moderation import rule_versions, rules
from moderation.models import LABELS, Rule, RuleSet, Tally, label_word
from moderation.presenters.wording import verdict_word

#: Labels of this many days are offered, besides the known ones.
LABEL_DAYS = 90
MOST_VERSIONS = 20
OUTCOMES = {
    Rule.Outcome.RELEASE: gettext_lazy("approve"),
    Rule.Outcome.HOLD: gettext_lazy("send to review"),
    Rule.Outcome.TWO: gettext_lazy("two people decide"),
    Rule.Outcome.REJECT: gettext_lazy("reject"),
}
TWO_FOR = {
    Rule.TwoFor.RELEASE: gettext_lazy("two people to approve"),
    Rule.TwoFor.REJECT: gettext_lazy("two people to reject"),
}
SETTINGS: dict[str, Promise] = {
    "sample_percent": gettext_lazy("Sample of passed pictures"),
    "control_percent": gettext_lazy("Calibration items"),
    "alike_within": gettext_lazy("Similarity threshold"),
    "flagged": gettext_lazy("Words marked in prompts"),
}


@dataclass(frozen=True, slots=True)
class Version:
    row: RuleSet
    rules: tuple[Rule, ...]
    difference: rule_versions.Difference


def sentence(rule: Rule) -> str:
    """ "If label is Pornography and rate ≥ 0.6, then reject · due in 30 minutes"."""
    conditions = _(" and ").join(_conditions(rule)) or _("nothing else fits")
    outcome = TWO_FOR.get(Rule.TwoFor(rule.two_for)) if rule.two_for else None
    words = _("If %(conditions)s, then %(outcome)s") % {
        "conditions": conditions,
        "outcome": outcome or OUTCOMES[Rule.Outcome(rule.outcome)],
    }
    return f"{words} · {due(rule.due_minutes)}" if rule.due_minutes else words


def _conditions(rule: Rule) -> Iterable[str]:
    if rule.label:
        yield _("label is %s") % label_word(rule.label)
    if rule.verdict:
        yield _("the gateway suggests %s") % verdict_word(rule.verdict)
    low, high = rule.rate_from, rule.rate_to
    if low > 0 and high < 1:
        yield _("rate is from %(low)s to %(high)s") % {"low": low, "high": high}
    elif low > 0:
        yield _("rate ≥ %s") % low
    elif high < 1:
        yield _("rate ≤ %s") % high
    if rule.operation:
        operation = OPERATIONS.get(rule.operation)
        title = operation.title if operation else rule.operation
        yield _("operation is %s") % title


def due(minutes: int) -> str:
    if minutes % 60:
        words = ngettext(
            "due in %(number)s minute", "due in %(number)s minutes", minutes
        )
        return words % {"number": minutes}
    words = ngettext("due in %(number)s hour", "due in %(number)s hours", minutes // 60)
    return words % {"number": minutes // 60}


def versions(team: int) -> list[Version]:
    """The newest first. Two queries."""
    rows = RuleSet.objects.filter(team=team).select_related("made_by")
    rows = rows.prefetch_related("rules").order_by("-version")
    found = [(row, rules.of_version(row)) for row in rows[: MOST_VERSIONS + 1]]
    before = [of for _row, of in found[1:]] + [rules.TeamRules()]
    return [
        Version(row, of.rules, rule_versions.difference(earlier, of))
        for (row, of), earlier in zip(found, before, strict=False)
    ][:MOST_VERSIONS]


def setting(name: str, value: Any) -> str:
    if name == "flagged":
        return _(", ").join(value) or "–"
    if name == "alike_within":
        return _("%(number)s of 256 bits") % {"number": value}
    return _("%(number)s %%") % {"number": f"{value:g}"}


def settings(of: rules.TeamRules) -> list[tuple[Promise, str]]:
    return [(word, setting(name, getattr(of, name))) for name, word in SETTINGS.items()]


def label_choices(team: int, used: Iterable[Rule] = ()) -> list[tuple[str, str]]:
    """The known labels, those of the rules, and what the team's audits had lately."""
    since = timezone.now() - datetime.timedelta(days=LABEL_DAYS)
    seen = Tally.objects.filter(team=team, hour__gte=since).exclude(label="")
    keys = {*LABELS, *(rule.label for rule in used if rule.label)}
    keys.update(seen.values_list("label", flat=True).distinct())
    named = [(key, label_word(key)) for key in keys]
    return sorted(named, key=lambda row: (row[0] not in LABELS, row[1]))

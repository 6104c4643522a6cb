"""Versions of a team's rules: saving, taking back, comparing."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Team, User
from log import chain, changes
from moderation import rules
from moderation.models import Rule, RuleSet

#: Logged and compared fields of a rule.
FIELDS = (
    *("verdict", "label", "rate_from", "rate_to", "operation"),
    *("outcome", "two_for", "due_minutes"),
)
SETTINGS = ("sample_percent", "control_percent", "alike_within", "flagged")


@dataclass(frozen=True, slots=True)
class Difference:
    """Of a version to the one before. ``settings``: name, before, after."""

    added: list[Rule]
    removed: list[Rule]
    settings: list[tuple[str, Any, Any]]
    is_order_changed: bool


def save(
    team: Team, proposed: rules.TeamRules, *, by: User, note: str
) -> RuleSet | None:
    """``proposed.version`` is the edited version. None: another one is in force by
    now."""
    if proposed.version != rules.in_force(team.pk).version:
        return None
    try:
        with transaction.atomic():
            made = RuleSet.objects.create(
                team=team,
                version=proposed.version + 1,
                sample_percent=proposed.sample_percent,
                control_percent=proposed.control_percent,
                alike_within=proposed.alike_within,
                flagged_words="\n".join(proposed.flagged),
                note=note,
                made_by=by,
            )
            for rule in proposed.rules:
                rule.rule_set = made
            Rule.objects.bulk_create(proposed.rules)
            facts = _facts(made, proposed)
            before, after = proposed.version, made.version
            kind, why = changes.Kind.RULES, note[:200]
            changes.record(kind, by=by, team=team, before=before, after=after, note=why)
            chain.append(chain.Event(team.pk, chain.Kind.RULES, by.pk, None, facts))
    except IntegrityError:  # another admin saved at the same moment
        return None
    return made


def take_back(old: RuleSet, version: int, *, by: User, note: str) -> RuleSet | None:
    """A new version with the rows and settings of an old one; ``version`` is the one in
    force when it was chosen. None: another one is by now."""
    former = rules.of_version(old)
    rows = tuple(
        Rule(position=rule.position, **{name: getattr(rule, name) for name in FIELDS})
        for rule in former.rules
    )
    return save(
        old.team, replace(former, version=version, rules=rows), by=by, note=note
    )


def difference(before: rules.TeamRules, after: rules.TeamRules) -> Difference:
    old, new = map(_key, before.rules), map(_key, after.rules)
    olds, news = list(old), list(new)
    return Difference(
        added=_besides(after.rules, Counter(olds)),
        removed=_besides(before.rules, Counter(news)),
        settings=[
            (name, getattr(before, name), getattr(after, name))
            for name in SETTINGS
            if getattr(before, name) != getattr(after, name)
        ],
        is_order_changed=olds != news and Counter(olds) == Counter(news),
    )


def _besides(rows: tuple[Rule, ...], known: Counter[tuple[Any, ...]]) -> list[Rule]:
    found = []
    for rule in rows:
        if known[_key(rule)]:
            known[_key(rule)] -= 1
        else:
            found.append(rule)
    return found


def _key(rule: Rule) -> tuple[Any, ...]:
    return tuple(getattr(rule, name) for name in FIELDS)


def _facts(made: RuleSet, proposed: rules.TeamRules) -> dict[str, Any]:
    return {
        "version": made.version,
        "note": made.note,
        "rules": [
            {name: str(getattr(rule, name) or "") for name in FIELDS}
            for rule in proposed.rules
        ],
        "sample_percent": str(made.sample_percent),
        "control_percent": str(made.control_percent),
        "alike_within": made.alike_within,
        "flagged_words": list(proposed.flagged),
    }

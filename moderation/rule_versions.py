"""Saves and logs a new version of a team's rules."""

from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Team, User
from log import chain, changes
from moderation import rules
from moderation.models import Rule, RuleSet

#: Logged fields of a rule.
LOGGED = (
    *("verdict", "label", "rate_from", "rate_to", "operation"),
    *("outcome", "two_for", "due_minutes"),
)


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
            versions = {"before": before, "after": after, "note": note[:200]}
            changes.record(changes.Kind.RULES, by=by, team=team, **versions)
            chain.append(chain.Event(team.pk, chain.Kind.RULES, by.pk, None, facts))
    except IntegrityError:  # another admin saved at the same moment
        return None
    return made


def _facts(made: RuleSet, proposed: rules.TeamRules) -> dict[str, Any]:
    return {
        "version": made.version,
        "note": made.note,
        "rules": [
            {name: str(getattr(rule, name) or "") for name in LOGGED}
            for rule in proposed.rules
        ],
        "sample_percent": str(made.sample_percent),
        "control_percent": str(made.control_percent),
        "alike_within": made.alike_within,
        "flagged_words": list(proposed.flagged),
    }

"""Puts steps of differences on record, each with an entry in a team's log."""

from collections.abc import Iterable

from accounts.models import Membership, Team, User
from log import chain
from reconciliation.models import Difference, DifferenceStep


def take(
    difference: Difference, action: str, *, by: User | None = None, note: str = ""
) -> DifferenceStep:
    """Call ``log`` with the step before the transaction ends."""
    return difference.steps.create(action=action, by=by, note=note)


def log(steps: Iterable[DifferenceStep], team: Team | None = None) -> None:
    """Last in the transaction. ``team``: whose log, by default the difference's."""
    chain.append_all(
        chain.Event(
            team.pk if team else _team(step),
            chain.Kind.STEP,
            step.by_id,
            facts={"difference": step.difference_id, "action": step.action},
            row=step,
        )
        for step in steps
    )


def _team(step: DifferenceStep) -> int:
    """A difference without a team: the one that the person administers; of a run: the
    portal's first."""
    if step.difference.team_id:
        return step.difference.team_id
    administers = Membership.objects.filter(
        user=step.by_id, role=Membership.Role.ADMIN
    ).order_by("team")
    own = administers.values_list("team", flat=True).first()
    return own or Team.objects.order_by("pk").values_list("pk", flat=True)[0]

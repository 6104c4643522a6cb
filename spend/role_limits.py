"""Limits of people without one of their own: the default of their role.

A default budget counts like any other; only its limit stands in `RoleLimit`. So a
person's counter stays right whatever role they have.
"""

from collections.abc import Iterable

from django.db import connection
from django.db.models import F

from spend.models import Budget, RoleLimit

#: `of_people`, of one: on every page, where Django takes long to write it.
OF_A_PERSON = """
    SELECT spend_rolelimit."limit" FROM spend_rolelimit
    JOIN accounts_membership ON accounts_membership.team_id = spend_rolelimit.team_id
        AND accounts_membership.role = spend_rolelimit.role
    WHERE spend_rolelimit.team_id = %s AND spend_rolelimit.unit = %s
        AND accounts_membership.user_id = %s
"""


def of_people(team: int, unit: str, people: Iterable[int]) -> dict[int, int]:
    """Person → limit of their role in the team."""
    rows = RoleLimit.objects.filter(
        team=team,
        unit=unit,
        role=F("team__memberships__role"),
        team__memberships__user__in=list(people),
    )
    return dict(rows.values_list("team__memberships__user", "limit"))


def _of_person(team: int, unit: str, person: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(OF_A_PERSON, [team, unit, person])
        found = cursor.fetchone()
    return found[0] if found else None


def with_default(
    budgets: list[Budget], *, team: int, user: int, unit: str
) -> list[Budget]:
    """With the person's default, unsaved where none was needed so far."""
    own = next((row for row in budgets if row.is_personal and row.is_plain), None)
    if own and not own.is_default:
        return budgets
    limit = _of_person(team, unit, user)
    if own is None and limit is None:
        return budgets
    default = own or Budget(team_id=team, user_id=user, unit=unit, is_default=True)
    _fill(default, limit)
    return budgets if own else [*budgets, default]


def fill(budgets: Iterable[Budget], team: int, unit: str) -> None:
    """Give the default ones among them their limits."""
    defaults = [row for row in budgets if row.is_default]
    people = [row.user_id for row in defaults if row.user_id is not None]
    limits = of_people(team, unit, people) if people else {}
    for row in defaults:
        _fill(row, limits.get(row.user_id or 0))


def _fill(default: Budget, limit: int | None) -> None:
    default.limit, default.is_limited = limit or 0, limit is not None

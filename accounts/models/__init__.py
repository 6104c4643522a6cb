"""People, teams, roles."""

from accounts.models.memberships import (
    Invitation,
    LastAdmin,
    Membership,
    MembershipQuerySet,
    RoleChanged,
    Team,
    Withdrawn,
)
from accounts.models.people import (
    TEMPORARY_PASSWORD_HOURS,
    LastOwner,
    User,
    temporary_password,
)
from accounts.models.throttles import Throttle

__all__ = [
    "TEMPORARY_PASSWORD_HOURS",
    "Invitation",
    "LastAdmin",
    "LastOwner",
    "Membership",
    "MembershipQuerySet",
    "RoleChanged",
    "Team",
    "Throttle",
    "User",
    "Withdrawn",
    "temporary_password",
]

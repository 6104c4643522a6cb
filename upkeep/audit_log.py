"""Who changed what, as far as a person may know it."""

import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Membership
from log.models import Change

Kind = Change.Kind

#: Group of the filter → kinds.
GROUPS: dict[str, tuple[str, ...]] = {
    "people": (
        *(Kind.INVITED, Kind.WITHDRAWN, Kind.JOINED, Kind.DECLINED),
        *(Kind.ROLE, Kind.REMOVED, Kind.RESTORED),
    ),
    "passwords": (Kind.SIGN_IN,),
    "limits": (Kind.LIMIT, Kind.SPEND_RULE),
    "rules": (Kind.RULES,),
    "gateways": (Kind.GATEWAY,),
    "channels": (Kind.CHANNEL,),
    "owners": (Kind.OWNER, Kind.TEAM),
    "shares": (Kind.SHARE,),
    "labels": (Kind.LABELS,),
}


def visible_to(membership: Membership) -> QuerySet[Change]:
    """The current team's for its admins, the installation's for owners."""
    of_team, shared = Q(team=membership.team_id), Q(team=None)
    if not membership.can_administer:
        of_team = Q(pk__in=[])
    return Change.objects.filter(
        of_team | shared if membership.user.is_owner else of_team
    )


def matching(
    rows: QuerySet[Change],
    *,
    group: str = "",
    person: str = "",
    since: datetime.date | None = None,
    until: datetime.date | None = None,
) -> QuerySet[Change]:
    """``person``: a user name, who did it or whom it was about. Both days included."""
    if group:
        rows = rows.filter(kind__in=GROUPS[group])
    if person:
        rows = rows.filter(Q(about__iexact=person) | Q(by__username__iexact=person))
    if since:
        rows = rows.filter(created_at__gte=_midnight(since))
    if until:
        rows = rows.filter(created_at__lt=_midnight(until + datetime.timedelta(1)))
    return rows


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))

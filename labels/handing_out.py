"""Records what left the portal: one row a file, its digest in the team's log."""

import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Team, User
from labels.models import Agreement, Export
from log import chain

#: The same file through a share link to the same address is recorded once so often.
SHARE_RECORDED = datetime.timedelta(days=1)


@transaction.atomic
def book(
    artwork: int,
    team: Team | int,
    *,
    by: User | None,
    channel: str,
    sha256: str,
    address: str = "",
    is_explicit: bool = True,
    agreement: Agreement | None = None,
    purpose: str = "",
) -> None:
    """``sha256``: of the file that leaves. ``agreement``, ``purpose``: of a file
    without the visible label."""
    number = team if isinstance(team, int) else team.pk
    if channel == Export.Channel.SHARE and _is_recorded(artwork, sha256, address):
        return
    row = Export.objects.create(
        artwork_id=artwork,
        team_id=number,
        by=by,
        address=address[:45],
        channel=channel,
        sha256=sha256,
        is_explicit=is_explicit,
        agreement=agreement,
        purpose=purpose,
    )
    facts = {"channel": channel, "sha256": sha256, "explicit": is_explicit}
    who = by.pk if by else None
    chain.append(
        chain.Event(number, chain.Kind.EXPORT, who, artwork, facts=facts, row=row)
    )


def _is_recorded(artwork: int, sha256: str, address: str) -> bool:
    since = timezone.now() - SHARE_RECORDED
    rows = Export.objects.filter(sha256=sha256, artwork=artwork, address=address[:45])
    return rows.filter(channel=Export.Channel.SHARE, created_at__gt=since).exists()

"""Makes, opens, revokes and restores share links.

A link is open until it expires or is revoked. It shows what the person who made it may
see at this moment: a picture that is taken down or deleted is on no page any more, and
a link of somebody who left the team shows nothing.
"""

import datetime
import secrets
from collections.abc import Iterable

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts import sign_in_throttle
from accounts.models import Team, User
from accounts.sign_in_throttle import Source
from gallery import selection
from gallery.models import Board, Share, ShareItem
from generation.models import Artwork
from generation.models.artworks import ArtworkQuerySet
from log import changes

TOKEN_BYTES = 24


class NoPictures(ValueError):
    """The person sees none of them."""


@transaction.atomic
def create(
    title: str,
    *,
    by: User,
    team: Team,
    days: int,
    board: Board | None = None,
    keys: Iterable[int] = (),
    password: str = "",
    may_download: bool = False,
) -> tuple[Share, str]:
    """The link and its token, which is kept nowhere. Raises NoPictures and
    selection.TooMany."""
    found = {} if board else selection.pictures(keys, by=by, team=team)
    if not board and not found:
        raise NoPictures
    token, now = secrets.token_urlsafe(TOKEN_BYTES), timezone.now()
    share = Share.objects.create(
        team=team,
        created_by=by,
        digest=Share.digest_of(token),
        title=title,
        board=board,
        password=make_password(password) if password else "",
        may_download=may_download,
        created_at=now,
        expires_at=now + datetime.timedelta(days=days),
    )
    items = [ShareItem(share=share, artwork_id=pk) for pk in found]
    ShareItem.objects.bulk_create(items, batch_size=400)
    _record(share, by, after="open")
    return share, token


def by_token(token: str) -> Share | None:
    """None: never made, revoked, over, or of a board that its maker does not see."""
    rows = Share.objects.open(timezone.now()).with_token(token)
    share = rows.select_related("team", "created_by").first()
    if share is None or not share.created_by.memberships.filter(team=share.team_id):
        return None
    if share.board_id:
        seen = Board.objects.visible_to(share.created_by, share.team)
        if not seen.filter(pk=share.board_id).exists():
            return None
    return share


def pictures(share: Share) -> ArtworkQuerySet:
    """Released ones that are not deleted."""
    rows = Artwork.objects.visible_to(share.created_by).in_team(share.team)
    if share.board_id:
        return rows.filter(board_items__board=share.board_id)
    return rows.filter(pk__in=share.items.values("artwork"))


def shown_now(share: Share) -> ArtworkQuerySet:
    """Nothing, where it was revoked or ended meanwhile."""
    is_open = Share.objects.open(timezone.now()).filter(pk=share.pk).exists()
    return pictures(share) if is_open else Artwork.objects.none()


def count_view(share: Share) -> None:
    Share.objects.filter(pk=share.pk).update(
        views=F("views") + 1, viewed_at=timezone.now()
    )


def is_password(share: Share, password: str, source: Source) -> bool:
    """Wrong tries are slowed as those of a sign-in are. Raises hashing.TryLater."""

    def check() -> Share | None:
        return share if check_password(password, share.password) else None

    return sign_in_throttle.check(f"\0share {share.pk}", source, check) is not None


def revoke(share: Share, *, by: User) -> bool:
    """False: revoked before."""
    return _move(share, by, Q(revoked_at=None), timezone.now())


def restore(share: Share, *, by: User) -> bool:
    """Undo `revoke`: the address works again until it expires. False: it is open."""
    return _move(share, by, Q(revoked_at__isnull=False), None)


@transaction.atomic
def _move(share: Share, by: User, expected: Q, to: datetime.datetime | None) -> bool:
    if not Share.objects.filter(expected, pk=share.pk).update(revoked_at=to):
        return False
    states = ("open", "revoked") if to else ("revoked", "open")
    _record(share, by, *states)
    return True


def _record(share: Share, by: User, before: str = "", after: str = "") -> None:
    kind = changes.Kind.SHARE
    changes.record(
        kind, share.title, by=by, team=share.team, before=before, after=after
    )

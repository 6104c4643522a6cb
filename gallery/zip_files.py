"""Prepares large zip files in the background; kept for a day.

claim    compare-and-set on ``claimed_until``: one worker has the zip
append   pictures until WORK_SECONDS are over; a worker has a time limit
book     how far it is; at the end the manifests, and the person is told

A worker that is killed leaves a claim without an end: the file begins anew. A picture
that is taken down later makes the file one that nobody gets (`opened`).
"""

import datetime
import json
import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Team, User
from gallery import manifest, selection, zipping
from gallery.file_names import Names
from gallery.models import Zip
from generation.models import Artwork
from notifications import notices
from notifications.models import Notice

logger = logging.getLogger(__name__)
Status = Zip.Status

#: Of one turn; the cluster's limit is a minute.
WORK_SECONDS = 20.0
CLAIMED_FOR = datetime.timedelta(minutes=3)
KEPT_FOR = datetime.timedelta(days=1)
#: Of one person, in preparation at once.
MOST_WAITING = 3
OLDEST_DATE = 1980


class TooManyWait(Exception):
    """MOST_WAITING zips of the person are in preparation: a sentence says so."""


class Stale(Exception):
    """A picture in it may not be seen any more."""


@transaction.atomic
def ask(
    keys: Sequence[int], *, by: User, team: Team, pattern: str, board: str = ""
) -> Zip:
    """Raises TooManyWait."""
    _check_waiting(by)
    return Zip.objects.create(
        team=team,
        made_by=by,
        keys=list(keys),
        total=len(keys),
        pattern=pattern,
        board=board,
    )


def _check_waiting(user: User) -> None:
    """Call in a transaction: two requests of a person come one after the other."""
    User.objects.select_for_update().get(pk=user.pk)
    if Zip.objects.moving().filter(made_by=user).count() >= MOST_WAITING:
        text = _("%(most)s zip files are in preparation: wait until one is ready.")
        raise TooManyWait(text % {"most": MOST_WAITING})


@transaction.atomic
def ask_again(row: Zip) -> bool:
    """False: it is in preparation. Raises TooManyWait."""
    rows = Zip.objects.filter(pk=row.pk).exclude(status=Status.WAITING)
    if not rows.exists():
        return False
    _check_waiting(row.made_by)
    begun = {"done": 0, "size": 0, "included": [], "expires_at": None}
    return bool(rows.update(status=Status.WAITING, claimed_until=None, **begun))


def path(row: Zip) -> Path:
    return Path(settings.DATA_DIR) / "zips" / f"{row.pk}.zip"


def opened(row: Zip) -> Path:
    """Of a ready one, whose pictures may all be seen still. Raises Stale and
    FileNotFoundError."""
    file = path(row)
    if row.status != Status.READY or not file.exists():
        raise FileNotFoundError(file)
    rows = Artwork.objects.visible_to(row.made_by).in_team(row.team)
    seen = sum(
        rows.filter(pk__in=part).count() for part in selection.slices(row.included)
    )
    if seen != len(row.included):
        raise Stale
    return file


def prepare(key: int) -> Zip | None:
    """One turn. None: another worker has it, or there is nothing to do."""
    row = _claim(key)
    if row is None:
        return None
    try:
        _append(row, time.monotonic() + WORK_SECONDS)
    except Exception:
        logger.exception("Zip %s could not be prepared", row.pk)
        _book(row, status=Status.FAILED, expires_at=timezone.now() + KEPT_FOR)
        remove_files(row)
    return row


def remove_expired() -> int:
    """Rows and files. Returns how many."""
    rows = Zip.objects.filter(expires_at__lte=timezone.now())
    found = list(rows.only("pk"))
    for row in found:
        remove_files(row)
    Zip.objects.filter(pk__in=[row.pk for row in found]).delete()
    return len(found)


def remove_files(row: Zip) -> None:
    path(row).unlink(missing_ok=True)
    _told(row).unlink(missing_ok=True)


def stalled() -> list[int]:
    """Keys of those that nobody works at."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=timezone.now())
    return list(Zip.objects.moving().filter(free).values_list("pk", flat=True))


def _claim(key: int) -> Zip | None:
    now = timezone.now()
    row = Zip.objects.moving().select_related("made_by", "team").filter(pk=key).first()
    if row is None or (row.claimed_until and row.claimed_until > now):
        return None
    rows = Zip.objects.moving().filter(pk=key, claimed_until=row.claimed_until)
    if not rows.update(claimed_until=now + CLAIMED_FOR):
        return None
    if row.claimed_until or not row.done:
        remove_files(row)
        row.done = 0
    row.claimed_until = now + CLAIMED_FOR
    return row


def _append(row: Zip, until: float) -> None:
    """Pictures until then; after the last one the manifests."""
    file, told = path(row), _told(row)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    order = zipping.Order.of(row.made_by, row.team, row.pattern, board=row.board)
    names = Names(row.pattern, row.board, (each["file"] for each in _rows(told)))
    done, rest = row.done, row.keys[row.done :]
    with ZipFile(file, "a", ZIP_STORED) as whole, told.open("a") as lines:
        file.chmod(0o600)
        for each in zipping.packed(order, rest, names, first=done + 1):
            if each.row is not None:
                _write(whole, each)
                lines.write(json.dumps(each.row, ensure_ascii=False) + "\n")
            done += 1
            if time.monotonic() > until:
                break
    if done < row.total:
        _book(row, done=done, claimed_until=None)
        return
    _finish(row, order)


def _write(whole: ZipFile, each: zipping.Packed) -> None:
    assert each.at
    date = each.at.timetuple()[:6] if each.at.year >= OLDEST_DATE else None
    entry = ZipInfo(each.name, date) if date else ZipInfo(each.name)
    with whole.open(entry, "w", force_zip64=True) as out:
        for chunk in each.chunks():
            out.write(chunk)


def _finish(row: Zip, order: zipping.Order) -> None:
    file, told = path(row), _told(row)
    included = [each["picture"] for each in _rows(told)]
    missing = sorted(set(row.keys) - set(included))
    with ZipFile(file, "a", ZIP_STORED) as whole:
        for name, content in zipping.besides(order, lambda: _rows(told), missing):
            with whole.open(name, "w") as out:
                for part in content:
                    out.write(part)
    told.unlink()
    ready = {"status": Status.READY, "done": row.total, "included": included}
    ends = timezone.now() + KEPT_FOR
    with transaction.atomic():
        if _book(row, **ready, size=file.stat().st_size, expires_at=ends):
            kind, url = Notice.Kind.ZIP, reverse("gallery:zips")
            notices.tell(kind, row.made_by_id, row.team_id, url=url)


@transaction.atomic
def _book(row: Zip, **fields: object) -> bool:
    """Of one's own claim. False: it was taken over."""
    mine = Zip.objects.moving().filter(pk=row.pk, claimed_until=row.claimed_until)
    moved = bool(mine.update(**{"claimed_until": None, **fields}))
    row.refresh_from_db()
    return moved


def _told(row: Zip) -> Path:
    """Rows of the manifest, one a line."""
    return path(row).with_suffix(".rows")


def _rows(told: Path) -> Iterator[manifest.Row]:
    if told.exists():
        with told.open() as lines:
            yield from map(json.loads, lines)

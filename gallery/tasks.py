from django_q.tasks import async_task

from gallery import deletion, zip_files
from gallery.models import Zip


def empty_bin() -> None:
    deletion.erase_due()


def prepare_zip(key: int) -> None:
    """One turn; the next waits behind other work."""
    row = zip_files.prepare(key)
    if row and row.status == Zip.Status.WAITING:
        nudge_zip(key)


def nudge_zip(key: int) -> None:
    async_task("gallery.tasks.prepare_zip", key)


def tend_zips() -> None:
    """What a lost nudge or a killed worker left; and the end of their day."""
    zip_files.remove_expired()
    for key in zip_files.stalled():
        nudge_zip(key)

"""Notes of a team about a picture."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from gallery.models import Note
from generation.models import Artwork


def add(artwork: Artwork, text: str, *, by: User) -> Note:
    with transaction.atomic():
        return Note.objects.create(
            artwork=artwork, team_id=artwork.team_id, text=text, author=by
        )


def remove(note: Note) -> None:
    with transaction.atomic():
        Note.objects.filter(pk=note.pk, removed_at=None).update(
            removed_at=timezone.now()
        )


def restore(note: Note) -> None:
    with transaction.atomic():
        Note.objects.filter(pk=note.pk).update(removed_at=None)

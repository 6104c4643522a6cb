"""Notes of a team about a picture."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from gallery import entries
from gallery.models import Note
from generation.models import Artwork


def add(artwork: Artwork, text: str, *, by: User) -> Note:
    with transaction.atomic():
        note = Note.objects.create(
            artwork=artwork, team_id=artwork.team_id, text=text, author=by
        )
        entries.refresh([artwork.pk])
    return note


def remove(note: Note) -> None:
    with transaction.atomic():
        Note.objects.filter(pk=note.pk, removed_at=None).update(
            removed_at=timezone.now()
        )
        entries.refresh([note.artwork_id])


def restore(note: Note) -> None:
    with transaction.atomic():
        Note.objects.filter(pk=note.pk).update(removed_at=None)
        entries.refresh([note.artwork_id])

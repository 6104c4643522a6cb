"""What the gallery and Activity find is what the rows say; reads only."""

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q

from gallery.models import Entry
from generation.models import Artwork, Generation

#: Flag of a generation → the state of pictures that it tells of.
FLAGS = {
    "is_held": Artwork.Moderation.HELD,
    "is_rejected": Artwork.Moderation.REJECTED,
}


def broken() -> Iterator[str]:
    """A released artwork that is not in the bin has an entry, and no other one has; a
    generation's flags tell of its pictures' states.

    Sound rows change both in one transaction: a portal at work passes.
    """
    is_shown = Q(moderation=Artwork.Moderation.RELEASED, binned_at=None)
    for artwork in Artwork.objects.filter(is_shown, entry=None):
        yield f"artwork {artwork.pk} is released, and the gallery does not list it"
    hidden = Entry.objects.exclude(artwork__in=Artwork.objects.filter(is_shown))
    for entry in hidden:
        yield f"artwork {entry.pk} is not released, and the gallery lists it"
    for entry in Entry.objects.exclude(team=F("artwork__team")):
        yield f"artwork {entry.pk} is listed by another team"
    for flag, state in FLAGS.items():
        pictures = Artwork.objects.filter(generation=OuterRef("pk"), moderation=state)
        rows = Generation.objects.annotate(told=Exists(pictures))
        for generation in rows.exclude(**{flag: F("told")}):
            yield f"generation {generation.pk}: {flag} differs from its pictures"

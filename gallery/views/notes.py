"""Notes beside a picture."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest
from gallery import notes
from gallery.forms import NoteForm
from gallery.models import Note
from generation.models import Artwork


@require_POST
def add_note(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Artwork.objects.visible_to(request.user)
    artwork, form = get_object_or_404(rows, pk=pk), NoteForm(request.POST)
    if form.is_valid():
        notes.add(artwork, form.cleaned_data["text"], by=request.user)
    else:
        most = {"most": Note.TEXT_CHARACTERS}
        messages.error(request, _("A note has 1 to %(most)s characters.") % most)
    return redirect("gallery:artwork", pk)


@require_POST
def remove_note(request: MemberRequest, pk: int) -> HttpResponse:
    row = _own(request, pk)
    notes.remove(row)
    address = reverse("gallery:artwork", args=[row.artwork_id])
    return redirect(f"{address}?removed_note={row.pk}")


@require_POST
def restore_note(request: MemberRequest, pk: int) -> HttpResponse:
    row = _own(request, pk)
    notes.restore(row)
    return redirect("gallery:artwork", row.artwork_id)


def _own(request: MemberRequest, pk: int) -> Note:
    seen = Artwork.objects.visible_to(request.user)
    rows = Note.objects.filter(author=request.user, artwork__in=seen)
    return get_object_or_404(rows, pk=pk)

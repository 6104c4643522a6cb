from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from gallery.presenters import sorting
from gallery.presenters.artwork_facts import artwork_facts, gateway_details
from generation.models import Artwork
from labels import clean_files
from labels.label_settings import CORNERS


@require_GET
@vary_on_headers("HX-Request")
def artwork(request: MemberRequest, pk: int) -> HttpResponse:
    """With htmx and ``told``: the gateway's details alone."""
    rows = Artwork.objects.visible_to(request.user).select_related(
        "task__account",
        "task__detail",
        "team",
        "requested_by",
        "generation__account",
        "generation__requested_by",
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        get_object_or_404(Artwork.objects.binned_by(request.user), pk=pk)
        return redirect(f"{reverse('gallery:bin')}#picture-{pk}")
    if request.htmx and "told" in request.GET:
        part = {"artwork": found, **gateway_details(request, found, asks=True)}
        return render(request, "gallery/_gateway_details.html", part)
    if found.first_opened_at is None:
        Artwork.objects.filter(pk=pk).mark_opened(timezone.now())
    context = {
        "artwork": found,
        **artwork_facts(request, found),
        **gateway_details(request, found, asks="told" in request.GET),
        **sorting.of_artwork(request, found),
        "corners": CORNERS,
        "rights": clean_files.rights(request.user, found.team_id),
    }
    return render(request, "gallery/artwork.html", context)

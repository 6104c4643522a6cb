"""What a picture came from, and what came of it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from gallery.presenters import choices, lineage_tree
from generation.models import Artwork


@require_GET
@vary_on_headers("HX-Request")
def lineage(request: MemberRequest, pk: int) -> HttpResponse:
    """With htmx the tree alone."""
    rows = Artwork.objects.visible_to(request.user).select_related("team")
    artwork = get_object_or_404(rows, pk=pk)
    context = lineage_tree.of_artwork(request, artwork)
    if request.htmx:
        return render(request, "gallery/_lineage.html", context)
    context["acted"] = choices.done(request)
    return render(request, "gallery/lineage.html", context)

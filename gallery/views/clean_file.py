"""One file without the visible label: for whom an admin granted it, by a press."""

from django.db import transaction
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest
from generation import renditions
from generation.models import Artwork
from labels import clean_files
from labels.forms import CleanFileForm


@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def clean_file(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The terms and the purpose; a press answers with the file itself, so that no
    address ever leads to it."""
    rows = Artwork.objects.visible_to(request.user).select_related("team", "generation")
    artwork = get_object_or_404(rows, pk=pk)
    if not clean_files.may_take(request.user, artwork.team_id):
        raise Http404
    has_accepted = clean_files.accepted(request.user, artwork.team_id) is not None
    is_post = request.method == "POST"
    form = CleanFileForm(request.POST if is_post else None, has_accepted=has_accepted)
    if is_post and form.is_valid():
        try:
            return _sent(request, artwork, form.cleaned_data["purpose"])
        except renditions.NotReady:
            form.add_error(
                "purpose",
                _("The server is busy with other large pictures. Try again soon."),
            )
    shown = {"artwork": artwork, "form": form, "terms": clean_files}
    status = 422 if is_post else 200
    return render(request, "gallery/clean_file.html", shown, status=status)


def _sent(request: MemberRequest, artwork: Artwork, purpose: str) -> HttpResponseBase:
    """Raises renditions.NotReady, Http404."""
    address = request.META.get("REMOTE_ADDR", "")
    try:
        found = renditions.clean(artwork, to=request.user, address=address)
        file = found.copy.open()
    except FileNotFoundError as error:
        raise Http404 from error
    except renditions.NotMade:
        return render(request, "500.html", status=500)
    with transaction.atomic():
        by, team = request.user, artwork.team
        agreement = clean_files.accept(by, team, address=address)
        found.book(agreement, purpose)
    Artwork.objects.filter(pk=artwork.pk).mark_downloaded(timezone.now())
    response = FileResponse(
        file, as_attachment=True, filename=found.name, content_type=found.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response

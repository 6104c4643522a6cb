from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest
from gallery import zipping
from gallery.presenters import chosen
from generation.models import Artwork

#: Pictures and bytes of one zip file.
MOST_PICTURES = 500
MOST_BYTES = 2 << 30


@require_POST
def download(request: MemberRequest) -> HttpResponseBase:
    """One picture as it is, several as a zip file, which lists those that are gone."""
    keys = chosen.keys(request)
    if not keys:
        return _refused(request, _("Select pictures first."))
    if len(keys) > MOST_PICTURES:
        most = {"most": MOST_PICTURES}
        text = _("Select at most %(most)s pictures to download at once.") % most
        return _refused(request, text)
    rows = Artwork.objects.visible_to(request.user).in_team(request.membership.team)
    found = list(rows.filter(pk__in=keys).order_by("-created_at", "-pk"))
    if len(keys) == len(found) == 1:
        address = reverse("generation:picture", args=keys)
        return redirect(f"{address}?download=1")
    if sum(row.size for row in found) > MOST_BYTES:
        return _refused(request, _("Together they are larger than 2 GB: select fewer."))
    Artwork.objects.filter(pk__in=keys).visible_to(request.user).mark_downloaded(
        timezone.now()
    )
    missing = sorted(set(keys) - {row.pk for row in found})
    response = StreamingHttpResponse(
        zipping.zipped(
            found,
            missing,
            to=request.user,
            address=request.META.get("REMOTE_ADDR", ""),
        ),
        content_type="application/zip",
    )
    name = f"wjportal-{len(found)}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _refused(request: MemberRequest, text: str) -> HttpResponse:
    messages.error(request, text)
    return redirect("gallery:gallery")

"""Two to four pictures compared."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest
from gallery.presenters import chosen
from gallery.presenters.comparison import FEWEST, MOST, PLACES, Comparison
from generation.models import Artwork


@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: MemberRequest) -> HttpResponse:
    """404 where fewer than two of the pictures may be seen. A posted selection is
    redirected to its address."""
    if request.method == "POST":
        return _of_selection(request)
    comparison = Comparison(request)
    if not comparison.is_enough:
        raise Http404
    keys = [artwork.pk for artwork in comparison.artworks]
    Artwork.objects.filter(pk__in=keys).mark_opened(timezone.now())
    return render(request, "gallery/compare.html", comparison.context())


def _of_selection(request: MemberRequest) -> HttpResponse:
    keys, target = chosen.keys(request), request.POST.get("next", "")
    is_own = url_has_allowed_host_and_scheme(
        target, {request.get_host()}, request.is_secure()
    )
    back = target if is_own else reverse("gallery:gallery")
    if not FEWEST <= len(keys) <= MOST:
        messages.error(request, _("Select two to four pictures to compare."))
        return HttpResponseRedirect(back)
    query = dict(zip(PLACES, map(str, keys), strict=False)) | {"back": back}
    return redirect(reverse("gallery:compare", query=query))

"""Uploads: added to a form, shown to their owner, fetched by the gateway."""

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.access import MemberRequest
from generation import samples, uploads
from generation.forms import store_artwork, store_files
from generation.models import Artwork, Upload
from generation.operations.base import Operation
from generation.operations.fields import UploadField
from generation.presenters.file_responses import upload_response
from generation.presenters.prompt_form import PromptForm, posted_values
from net.request_body import takes

#: Pictures to choose a reference from.
MOST_OFFERED = 24


@takes(uploads.MOST_BYTES_AT_ONCE)
@require_POST
def add(request: MemberRequest) -> HttpResponse:
    """New pictures replace the oldest when the field is full."""
    data, name = request.POST.copy(), request.POST.get("field", "")
    prompt_form = PromptForm.of(request.POST.get("operation", ""), request.user)
    form = prompt_form.prefilled(posted_values(data))
    field = form.fields.get(name)
    if not isinstance(field, UploadField):
        raise Http404
    if "artwork" in data:
        errors = store_artwork(request, data, name, field)
    else:
        errors = store_files(request, data, {name: field}).get(name, [])
    data.setlist(name, data.getlist(name)[-field.most :])
    form.refill(name, data.getlist(name))
    context = {"field": form[name], "upload_errors": errors}
    status = 422 if errors else 200
    response = render(request, "generation/_uploads.html", context, status=status)
    return trigger_client_event(response, "fields-changed", after="settle")


@require_POST
def brush(request: MemberRequest) -> HttpResponse:
    """To paint the mask ``field`` on the picture that the posted form has by now."""
    name = request.POST.get("field", "")
    prompt_form = PromptForm.of(request.POST.get("operation", ""), request.user)
    form = prompt_form.prefilled(posted_values(request.POST))
    field = form.fields.get(name)
    if not isinstance(field, UploadField) or field.mask is None:
        raise Http404
    masked = form[field.mask.of]
    assert isinstance(masked.field, UploadField)
    if found := masked.field.uploads(masked.value())[:1]:
        context = {"field": form[name], "mask": field.mask, "picture": found[0]}
        return render(request, "generation/_brush.html", context)
    told = _("First bring the picture: the mask is painted on it.")
    context = {"field": form[name], "upload_errors": [told]}
    response = render(request, "generation/_uploads.html", context, status=422)
    return reswap(retarget(response, f"#field-{name}"), "outerHTML")


@require_GET
@never_cache
def pictures(request: MemberRequest) -> HttpResponse:
    """The person's latest pictures, to be chosen as a reference of ``field``."""
    rows = Artwork.objects.visible_to(request.user)
    rows = rows.filter(team=request.membership.team, requested_by=request.user)
    rows = rows.exclude(sha256="").select_related("generation")
    latest = rows.order_by("-created_at", "-pk")[:MOST_OFFERED]
    context = {"artworks": latest, "name": request.GET.get("field", "")}
    return render(request, "generation/_pickable.html", context)


@require_GET
@cache_control(private=True, max_age=3600)
def thumbnail(request: MemberRequest, token: str) -> FileResponse:
    found = get_object_or_404(Upload.objects.visible_to(request.user), token=token)
    try:
        file = uploads.open_thumbnail(found)
    except FileNotFoundError as error:
        raise Http404 from error
    return upload_response(file, "image/webp")


@require_GET
@cache_control(private=True, max_age=3600)
def picture(request: MemberRequest, token: str) -> FileResponse:
    """Whole, for its owner."""
    found = get_object_or_404(Upload.objects.visible_to(request.user), token=token)
    try:
        file = uploads.open_whole(found)
    except FileNotFoundError as error:
        raise Http404 from error
    return upload_response(file, found.content_type)


@require_GET
def sample(request: MemberRequest, digest: str) -> HttpResponseBase:
    """A stored copy; a static picture until then."""
    try:
        answer = upload_response(samples.open_sample(digest), "image/webp")
    except FileNotFoundError:
        return redirect(static(f"operations/{Operation.picture}.svg"))
    patch_cache_control(answer, private=True, max_age=24 * 3600)
    return answer


@login_not_required
@require_GET
@cache_control(private=True, no_store=True)
def for_gateway(request: HttpRequest, signed: str, extension: str) -> FileResponse:
    """The only public path to a picture: a signed, expiring address."""
    found = uploads.shown_to_gateway(signed)
    if found is None or found.extension != extension:
        raise Http404
    try:
        file = uploads.open_whole(found)
    except FileNotFoundError as error:
        raise Http404 from error
    return upload_response(file, found.content_type)

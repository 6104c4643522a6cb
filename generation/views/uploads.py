"""Pictures that people bring along: brought, looked at, and shown to the gateway."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.forms import Field
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest
from generation import samples, uploads
from generation.models import Upload
from generation.operations.base import Operation
from generation.operations.fields import UploadField
from generation.presenters import prompt_form

#: What the input of a field's files is called.
FILES = "files:"


@require_POST
def add(request: MemberRequest) -> HttpResponse:
    """One field of the form anew, with the pictures that came; a new one takes the
    place of the oldest where there is no more room."""
    asked = prompt_form.asked(request.POST.get("operation", ""), request.user)
    name, data = request.POST.get("field", ""), request.POST.copy()
    field = asked.form(prompt_form.typed_values(data)).fields.get(name)
    if not isinstance(field, UploadField):
        raise Http404
    errors = bring(request, data, {name: field}).get(name, [])
    data.setlist(name, data.getlist(name)[-field.most :])
    form = asked.form(prompt_form.typed_values(data))
    context = {"field": form[name], "upload_errors": errors}
    status = 422 if errors else 200
    return render(request, "generation/_uploads.html", context, status=status)


def bring(
    request: MemberRequest, data: QueryDict, fields: Mapping[str, Field]
) -> dict[str, list[str]]:
    """Take in the files that came, each under its field's name in ``data``; gives what
    was not taken, by field."""
    refused: dict[str, list[str]] = {}
    for key in request.FILES:
        name = key.removeprefix(FILES)
        field = fields.get(name)
        if key == name or not isinstance(field, UploadField):
            continue
        for file in request.FILES.getlist(key)[: field.most]:
            try:
                data.appendlist(name, _taken(request, file, field))
            except (uploads.NotTaken, ValidationError) as error:
                said = _("%(file)s: %(why)s")
                values = {"file": file.name, "why": _why(error)}
                refused.setdefault(name, []).append(said % values)
    return refused


def _taken(
    request: MemberRequest, file: "UploadedFile[Any]", field: UploadField
) -> str:
    team = request.membership.team
    token = uploads.take(file, by=request.user, team=team).token
    field.clean([token])  # one that the gateway would not take is told at once
    return token


def _why(error: uploads.NotTaken | ValidationError) -> str:
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return str(error.message)


@require_GET
@cache_control(private=True, max_age=3600)
def thumbnail(request: MemberRequest, token: str) -> FileResponse:
    found = get_object_or_404(Upload.objects.visible_to(request.user), token=token)
    try:
        file = uploads.open_thumbnail(found)
    except FileNotFoundError as error:
        raise Http404 from error
    return _sent(file, "image/webp")


@require_GET
def sample(request: MemberRequest, digest: str) -> HttpResponseBase:
    """A small copy of a gateway's own sample picture; one of ours until it is here."""
    try:
        answer = _sent(samples.open_sample(digest), "image/webp")
    except FileNotFoundError:
        return redirect(static(f"operations/{Operation.picture}.svg"))
    patch_cache_control(answer, private=True, max_age=24 * 3600)
    return answer


@login_not_required
@require_GET
@cache_control(private=True, no_store=True)
def for_gateway(request: HttpRequest, signed: str, extension: str) -> FileResponse:
    """The only public path to a picture: whoever has the address, while it lives."""
    found = uploads.shown_to_gateway(signed)
    if found is None or found.extension != extension:
        raise Http404
    try:
        file = uploads.open_whole(found)
    except FileNotFoundError as error:
        raise Http404 from error
    return _sent(file, found.content_type)


def _sent(file: "File[bytes]", content_type: str) -> FileResponse:
    response = FileResponse(file, content_type=content_type)
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Robots-Tag"] = "noindex"
    return response

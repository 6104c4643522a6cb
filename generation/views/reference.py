"""A finished picture becomes an upload of the viewer's, in the form of an operation."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest
from generation import archive, uploads
from generation.models import Artwork
from generation.operations.fields import UploadField
from generation.presenters.prompt_form import PromptForm, configured_operations


@require_POST
def reference(request: MemberRequest, pk: int) -> HttpResponse:
    artwork = get_object_or_404(Artwork.objects.visible_to(request.user), pk=pk)
    operation = configured_operations().get(request.POST.get("operation", ""))
    if operation is None or operation.picture_action is None:
        raise Http404
    name = operation.picture_action.field
    form = PromptForm.of(operation.slug, request.user).prefilled({})
    field = form.fields[name]
    assert isinstance(field, UploadField)
    try:
        token = _stored(request, artwork, field)
    except FileNotFoundError as error:
        raise Http404 from error
    except uploads.NotTaken as error:
        messages.error(request, error.message)
        return redirect("gallery:artwork", pk=pk)
    query = urlencode({"operation": operation.slug, name: token})
    return redirect(f"{reverse('generation:create')}?{query}")


def _stored(request: MemberRequest, artwork: Artwork, field: UploadField) -> str:
    """Token of the upload. Raises NotTaken, FileNotFoundError."""
    if field.unreached:
        raise uploads.NotTaken(str(field.unreached))
    team = request.membership.team
    with archive.open_rendition(artwork.sha256, "original") as file:
        upload = uploads.take(
            file, by=request.user, team=team, limits=field.limits, made_of=artwork
        )
    return upload.token

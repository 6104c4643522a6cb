"""Forms of no operation: accelerations, account limits, series, uploads."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.files.base import File
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import MemberRequest
from gateways import pausing
from gateways.models import GatewayAccount
from generation import archive, uploads
from generation.models import Artwork, Series
from generation.operations.fields import UploadField
from net.request_values import number

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[GatewayAccount]
    SeriesModelForm = forms.ModelForm[Series]
else:
    ModelForm = SeriesModelForm = forms.ModelForm

#: Prefix of a file input's name, before the field's.
FILES = "files:"


class AccelerationForm(forms.Form):
    """``number``: idempotency key within its generation."""

    number = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, typed: Mapping[str, Any], *, most: int) -> None:
        """``most``: places forward."""
        super().__init__(typed, label_suffix="")
        self.fields["steps"] = forms.IntegerField(
            label=gettext_lazy("Queue positions"),
            min_value=1,
            max_value=most,
            initial=1,
        )


class SeriesForm(SeriesModelForm):
    class Meta:
        model = Series
        fields = ("name", "cap")


class LimitsForm(ModelForm):
    class Meta:
        model = GatewayAccount
        fields = pausing.LIMIT_FIELDS


def store_files(
    request: MemberRequest, data: QueryDict, fields: Mapping[str, forms.Field]
) -> dict[str, list[str]]:
    """Store the request's files; append their tokens in ``data``.

    Returns errors by field. Files beyond a field's limit are ignored.
    """
    errors: dict[str, list[str]] = {}
    for key in request.FILES:
        name = key.removeprefix(FILES)
        field = fields.get(name)
        if key == name or not isinstance(field, UploadField):
            continue
        for file in request.FILES.getlist(key)[: field.most]:
            try:
                data.appendlist(name, _stored(request, file, field))
            except uploads.NotTaken as error:
                message = _("%(file)s: %(why)s")
                values = {"file": file.name, "why": error.message}
                errors.setdefault(name, []).append(message % values)
    return errors


def store_artwork(
    request: MemberRequest, data: QueryDict, name: str, field: UploadField
) -> list[str]:
    """A picture that the person may see (``artwork``) as an upload of theirs. Returns
    errors. Raises Http404."""
    rows = Artwork.objects.visible_to(request.user)
    artwork = get_object_or_404(rows, pk=number(request.POST.get("artwork", "")))
    try:
        with archive.open_rendition(artwork.sha256, "original") as file:
            token = _stored(request, file, field, copied_from=artwork)
            data.appendlist(name, token)
    except FileNotFoundError:
        return [_("That picture is not stored any more.")]
    except uploads.NotTaken as error:
        return [error.message]
    return []


def _stored(
    request: MemberRequest,
    file: "File[bytes]",
    field: UploadField,
    copied_from: Artwork | None = None,
) -> str:
    """Token of the stored file. Raises NotTaken."""
    if field.unreached:
        raise uploads.NotTaken(str(field.unreached))
    team = request.membership.team
    limits = field.limits
    return uploads.take(
        file, by=request.user, team=team, limits=limits, copied_from=copied_from
    ).token

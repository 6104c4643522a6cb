"""Forms of no operation: accelerations, account limits, series, uploads."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.files.base import File
from django.core.validators import MaxLengthValidator
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import MemberRequest
from gateways import pausing
from gateways.models import GatewayAccount
from generation import archive, uploads
from generation.models import Artwork, Preset, Series
from generation.operations.fields import UploadField
from net.request_values import number

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[GatewayAccount]
    PresetModelForm = forms.ModelForm[Preset]
    SeriesModelForm = forms.ModelForm[Series]
else:
    ModelForm = PresetModelForm = SeriesModelForm = forms.ModelForm

#: Prefix of a file input's name, before the field's.
FILES = "files:"
#: Of a preset's words, and of its settings.
MOST_PRESET_CHARACTERS = 10_000


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


class PresetForm(PresetModelForm):
    """``settings``: operation, and its values as posted."""

    has_settings = forms.BooleanField(
        label=gettext_lazy("Keep the settings, too"), required=False
    )

    class Meta:
        model = Preset
        fields = ("name", "prompt", "negative", "is_piece", "is_shared")
        labels: ClassVar = {
            "name": gettext_lazy("Name"),
            "prompt": gettext_lazy("Prompt"),
            "negative": gettext_lazy("Negative prompt"),
            "is_piece": gettext_lazy("Add these words to what is typed"),
            "is_shared": gettext_lazy("Share with the team"),
        }
        widgets: ClassVar = {
            "prompt": forms.Textarea(attrs={"rows": 4}),
            "negative": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(
        self,
        typed: QueryDict | None = None,
        *,
        instance: Preset,
        settings: tuple[str, dict[str, Any]] = ("", {}),
    ) -> None:
        super().__init__(typed, instance=instance, prefix="preset", label_suffix="")
        self.settings = settings
        self.fields["has_settings"].initial = bool(instance.parameters)
        for name in ("prompt", "negative"):
            field = self.fields[name]
            assert isinstance(field, forms.CharField)
            field.validators.append(MaxLengthValidator(MOST_PRESET_CHARACTERS))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        slug, values = self.settings
        if not (cleaned.get("has_settings") and values):
            slug, values = "", {}
        elif len(json.dumps(values)) > MOST_PRESET_CHARACTERS:
            self.add_error("has_settings", _("That is too much to be kept."))
        self.instance.operation, self.instance.parameters = slug, values
        if not (values or cleaned.get("prompt") or cleaned.get("negative")):
            self.add_error("prompt", _("Write words, or keep the settings."))
        return cleaned


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

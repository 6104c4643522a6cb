"""Form fields of operations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import User
from gateways.providers.base import Choice
from generation.models import Upload
from generation.uploads import MOST_PIXELS, Limits, NotTaken, reached_at

#: Tokens that are looked up; no field takes as many.
MOST_TOKENS = 100
#: Between field name and key in an input's name.
SEPARATOR = ":"
UNREACHED = _(
    "The gateway has to fetch your pictures from the portal, and cannot reach it: an "
    "admin has to set WJPORTAL_PUBLIC_URL."
)


class TextField(forms.CharField):
    """Line breaks are one character, as gateways count; browsers send two."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class SizeField(forms.ChoiceField):
    """Choices "1024x768" or "1024*768", shown as rectangles."""


class CountsInput(forms.Widget):
    """One input per key: ``name:key=2``."""

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> dict[str, str]:
        start = name + SEPARATOR
        return {
            key.removeprefix(start): data[key] for key in data if key.startswith(start)
        }

    def value_omitted_from_data(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> bool:
        return not self.value_from_datadict(data, files, name)


class CountsField(forms.Field):
    """``{key: number}``, without zeros.

    ``most_kinds``: limit of keys. ``most``: limit of each number.
    """

    widget = CountsInput
    choices: tuple[Choice, ...] = ()
    least: float = 0
    step: float = 1

    def __init__(self, *, most_kinds: int, most: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most_kinds, self.most = most_kinds, most

    def offer(self, choices: tuple[Choice, ...]) -> None:
        self.choices = choices

    def to_python(self, value: Any) -> dict[str, float]:
        return dict(self._counts(value or {}))

    def _counts(self, value: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
        known = {choice.key for choice in self.choices}
        for key, number in value.items():
            written = str(number).strip() or "0"
            if not (written.isascii() and written.isdigit() and len(written) < 5):
                raise ValidationError(_("Numbers only, please."))
            if int(written) and key not in known:
                raise ValidationError(_("That is not offered any more. Choose again."))
            if int(written) > self.most:
                message = _("At most %(most)s of each.")
                raise ValidationError(message, params={"most": self.most})
            if int(written):
                yield key, int(written)

    def validate(self, value: dict[str, float]) -> None:
        super().validate(value)
        if len(value) > self.most_kinds:
            message = _("At most %(most)s different ones.")
            raise ValidationError(message, params={"most": self.most_kinds})


class WeightsField(CountsField):
    """``{key: weight}``, from ``least`` to ``most``."""

    step = 0.1

    def __init__(self, *, least: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least = least

    def _counts(self, value: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
        known = {choice.key for choice in self.choices}
        for key, written in value.items():
            if written in (None, ""):
                continue
            weight = forms.FloatField().clean(written)
            if key not in known:
                raise ValidationError(_("That is not offered any more. Choose again."))
            if not self.least <= weight <= self.most:
                message = _("Weights go from %(least)s to %(most)s.")
                values = {"least": self.least, "most": self.most}
                raise ValidationError(message, params=values)
            yield key, weight


class PicksField(forms.MultipleChoiceField):
    """Up to ``most`` entries; searchable, with sample pictures."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.most = most
        self.listed: tuple[Choice, ...] = ()

    def offer(self, choices: tuple[Choice, ...]) -> None:
        self.listed = choices
        self.choices = [(choice.key, choice.name) for choice in choices]

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if len(value) > self.most:
            message = _("At most %(most)s different ones.")
            raise ValidationError(message, params={"most": self.most})
        picked = [choice for choice in self.listed if choice.key in value]
        groups = [choice.excludes for choice in picked if choice.excludes]
        if len(set(groups)) < len(groups):
            names = " / ".join(c.name for c in picked if groups.count(c.excludes) > 1)
            message = _("These exclude each other: %(names)s.")
            raise ValidationError(message, params={"names": names})


class UploadsInput(forms.Widget):
    """Tokens of uploads, whose files are stored before validation."""

    needs_multipart_form = True

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> list[Any]:
        if isinstance(data, MultiValueDict):
            return list(data.getlist(name))
        value = data.get(name) or []
        return list(value) if isinstance(value, list | tuple) else [value]

    def value_omitted_from_data(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> bool:
        return not self.value_from_datadict(data, files, name)

    def id_for_label(self, id_: str) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Mask:
    """What a field's picture marks: a part of the first picture of field ``of``.

    ``is_cut_out``: by transparent pixels; else white on black.
    """

    of: str
    is_cut_out: bool = False


class UploadField(forms.Field):
    """The member's uploads: ``[{"token": …, "extension": …, "width": …, …}]``.

    ``most``: limit of uploads. Of each: ``most_bytes`` as stored, 0 for none, and
    ``most_pixels``. ``mask``: it can be painted.
    """

    widget = UploadsInput
    member: User | None = None

    def __init__(
        self,
        *,
        most: int = 1,
        most_bytes: int = 0,
        most_pixels: int = MOST_PIXELS,
        mask: Mask | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.mask = mask
        self.most, self.most_bytes, self.most_pixels = most, most_bytes, most_pixels

    @property
    def limits(self) -> Limits:
        return Limits(most_pixels=self.most_pixels, most_bytes=self.most_bytes)

    @property
    def unreached(self) -> Promise | None:
        """Why uploads are closed; None while gateways reach the portal."""
        return None if reached_at() else UNREACHED

    def uploads(self, value: Any) -> list[Upload]:
        """In the value's order; without other members' and deleted ones."""
        asked = tokens(value)[:MOST_TOKENS]
        if self.member is None or not asked:
            return []
        rows = Upload.objects.visible_to(self.member).filter(token__in=asked)
        found = {row.token: row for row in rows}
        return [found[token] for token in asked if token in found]

    def to_python(self, value: Any) -> list[dict[str, Any]]:
        asked, found = tokens(value), self.uploads(value)
        if asked and self.unreached:
            raise ValidationError(UNREACHED)
        if len(asked) > len(found):
            raise ValidationError(_("A picture is gone. Upload it again."))
        try:
            for upload in found:
                self.limits.check_pixels(upload.width * upload.height)
                self.limits.check_bytes(upload.size)
        except NotTaken as error:
            raise ValidationError(error.message) from error
        return [
            {
                "token": upload.token,
                "extension": upload.extension,
                "width": upload.width,
                "height": upload.height,
            }
            for upload in found
        ]

    def validate(self, value: list[dict[str, Any]]) -> None:
        super().validate(value)
        if len(value) > self.most:
            message = ngettext_lazy(
                "One picture at most.", "%(most)s pictures at most.", self.most
            )
            raise ValidationError(message, params={"most": self.most})


def tokens(value: Any) -> list[str]:
    """Distinct tokens of a posted or a cleaned value."""
    found = [
        each.get("token") if isinstance(each, dict) else each for each in value or []
    ]
    return list(dict.fromkeys(token for token in found if isinstance(token, str)))


def pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Names and values of hidden inputs."""
    if isinstance(value, dict):
        for key, number in value.items():
            yield f"{name}{SEPARATOR}{key}", str(number)
    elif isinstance(value, list | tuple):
        if any(isinstance(each, dict) for each in value):
            value = tokens(value)
        yield from ((name, str(each)) for each in value)
    elif value not in (None, ""):
        yield name, str(value)

"""What fills in the form of Create, from an address or from a posted form."""

from collections.abc import Mapping
from typing import Any

from django.shortcuts import get_object_or_404

from accounts.access import MemberRequest
from accounts.models import User
from generation import uploads
from generation.models import Artwork, Generation, Preset
from generation.presenters import presets
from generation.presenters.prompt_form import PromptForm, posted_values
from net.request_values import number


def requested_values(request: MemberRequest) -> tuple[str, dict[str, Any]]:
    """Operation and field values from the posted form or the create page's address.

    ``again``: key of a visible generation; other parameters override its values.
    ``like``: key of a released artwork of the team. Over these: ``preset``, and
    ``words_of``: key of a generation whose prompt is taken. Raises Http404.
    """
    sent = request.POST or request.GET
    slug, values = _values(request)
    if pk := sent.get("words_of"):
        rows = Generation.objects.visible_to(request.user)
        values["prompt"] = get_object_or_404(rows, pk=number(pk)).prompt
    if pk := sent.get("preset"):
        own = Preset.objects.visible_to(request.user, request.membership.team)
        preset = get_object_or_404(own, pk=number(pk))
        return preset.operation or slug, presets.applied(preset, values)
    return slug, values


def _values(request: MemberRequest) -> tuple[str, dict[str, Any]]:
    if request.method == "POST":
        return request.POST.get("operation", ""), posted_values(request.POST)
    if pk := request.GET.get("again"):
        rows = Generation.objects.visible_to(request.user)
        found = get_object_or_404(rows, pk=number(pk))
        slug, values = _values_of(found, request.user)
        overrides = posted_values(request.GET).items()
        return slug, values | {n: value for n, value in overrides if n in request.GET}
    if pk := request.GET.get("like"):
        artworks = Artwork.objects.visible_to(request.user)
        artwork = get_object_or_404(
            artworks.select_related("generation"), pk=number(pk)
        )
        return _values_of(artwork.generation, request.user)
    return request.GET.get("operation", ""), posted_values(request.GET)


def without_group(
    prompt_form: PromptForm, values: Mapping[str, Any], key: str
) -> dict[str, Any]:
    """All but the values of one group of settings: it has its defaults again."""
    names = prompt_form.operation.form_class.names_of_group(key)
    return {name: value for name, value in values.items() if name not in names}


def _values_of(generation: Generation, member: User) -> tuple[str, dict[str, Any]]:
    """Without another person's uploads: a token names a picture that only its owner
    may see."""
    values = {**generation.parameters, "prompt": generation.prompt}
    if generation.requested_by_id != member.pk:
        values = {n: v for n, v in values.items() if not uploads.tokens({n: v})}
    return generation.operation, values

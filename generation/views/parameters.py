"""With what the gateway drew, beside what it was asked for (作画参数查询).

It fills in what a form left open: steps, sampler, closeness. Nothing is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from gateways import clients
from gateways.clients import client_of, is_configured
from gateways.gateway_messages import explain
from gateways.providers.base import JSON, ProviderError
from gateways.providers.protocols import Recaller
from gateways.providers.task_fields import Vocabulary
from generation import lifecycle
from generation.models import Generation, ProviderTask
from generation.operations import OPERATIONS
from generation.operations.base import Operation
from generation.presenters import task_details

#: An address is another one each time it is written.
NOT_COMPARED = {"init_image_url", "model_param"}


@dataclass(frozen=True, slots=True)
class Picture:
    """One key: what the gateway says of it, and the form filled in from that."""

    task: ProviderTask
    said: Mapping[str, JSON]
    again: str


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter. ``values`` are the pictures', in their order: a single one where
    all are alike; ``asked`` is empty where the gateway was to choose."""

    label: str
    asked: str
    values: list[str]
    differs: bool


def tells(generation: Generation) -> bool:
    """Whether the gateway may be asked with what it drew."""
    operation = OPERATIONS.get(generation.operation)
    return bool(operation and operation.recalls) and is_configured(generation.account)


@require_GET
@never_cache
@vary_on_headers("HX-Request")
def parameters(request: MemberRequest, pk: int) -> HttpResponse:
    """``after``: the position of the last picture of the page before."""
    rows = Generation.objects.visible_to(request.user).select_related("account")
    generation = get_object_or_404(rows, pk=pk)
    if not tells(generation):
        raise Http404
    provider = client_of(generation.account)
    assert isinstance(provider, Recaller)
    most = provider.most_recalled
    after = request.GET.get("after", "")
    begin = int(after) if after.isascii() and after.isdigit() and len(after) < 6 else -1
    found = generation.tasks.filter(position__gt=begin).order_by("position")
    tasks = list(found[: most + 1])
    context: dict[str, Any] = {"generation": generation}
    if tasks[most:]:
        context["after"] = tasks[most - 1].position
    try:
        said = provider.recall([task.key for task in tasks[:most]]) if tasks else {}
    except ProviderError as error:
        context["refused"] = explain(provider.name, error.code, error.message)
        said = {}
    context |= _compared(generation, tasks[:most], said)
    name = "_parameters" if request.htmx else "parameters"
    return render(request, f"generation/{name}.html", context)


def _compared(
    generation: Generation,
    tasks: Sequence[ProviderTask],
    said: Mapping[str, Mapping[str, JSON]],
) -> dict[str, Any]:
    operation = OPERATIONS[generation.operation]
    pictures = [
        Picture(task, said[task.key], _again(generation, operation, said[task.key]))
        for task in tasks
        if task.key in said
    ]
    return {"pictures": pictures, "rows": _rows(generation, pictures)}


def _again(
    generation: Generation, operation: Operation, said: Mapping[str, JSON]
) -> str:
    fields = operation.form_class.base_fields
    told_of = {
        name: said[wire]
        for name, wire in operation.recalls.items()
        if name in fields and said.get(wire) not in (None, "")
    }
    return urlencode({"again": generation.pk, **told_of})


def _rows(generation: Generation, pictures: Sequence[Picture]) -> list[Row]:
    words = clients.vocabulary(generation.provider)
    wanted = _wanted(lifecycle.order_of(generation).body, words)
    written = [
        {
            name: (label, value)
            for name, label, value in task_details.parameters(picture.said, words)
        }
        for picture in pictures
    ]
    labels = {name: label for each in written for name, (label, _v) in each.items()}
    found = []
    for name, label in labels.items():
        values = [each.get(name, ("", ""))[1] for each in written]
        asked = wanted.get(words.synonyms.get(name, name), "")
        differs = bool(asked) and any(value != asked for value in values)
        alike = values[:1] if len(set(values)) == 1 else values
        found.append(Row(label, asked, alike, differs))
    return found


def _wanted(body: Mapping[str, JSON], words: Vocabulary) -> dict[str, str]:
    """What was sent, written alike. Lists come back as text (contract §14.15)."""
    compared = {
        name: value
        for name, value in body.items()
        if isinstance(value, int | float | str | dict) and name not in NOT_COMPARED
    }
    found = task_details.parameters(compared, words)
    return {name: value for name, _label, value in found}

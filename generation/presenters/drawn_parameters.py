"""Parameters that a gateway used beside the requested ones (作画参数查询).

The gateway chooses what the form left open: steps, sampler, guidance scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from gateways import clients
from gateways.clients import is_configured
from gateways.providers.base import JSON
from gateways.providers.task_fields import Vocabulary
from generation import lifecycle
from generation.models import Generation, ProviderTask
from generation.operations import OPERATIONS
from generation.presenters import task_details

#: Addresses, which differ each time they are written.
NOT_COMPARED = {"init_image_url", "model_param"}


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """``number``: within the generation. ``again``: query that fills in the form."""

    task: ProviderTask
    number: int
    parameters: Mapping[str, JSON]
    again: str


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """``values``: one per picture, or one where all agree.

    ``requested``: empty where the gateway was to choose.
    """

    label: str
    requested: str
    values: list[str]
    differs: bool


def can_be_recalled(generation: Generation) -> bool:
    operation = OPERATIONS.get(generation.operation)
    return bool(operation and operation.recalls) and is_configured(generation.account)


def drawn_pictures(
    generation: Generation,
    tasks: Sequence[ProviderTask],
    parameters: Mapping[str, Mapping[str, JSON]],
) -> list[DrawnPicture]:
    """``parameters``: by key; tasks without any are left out."""
    return [
        DrawnPicture(
            task,
            task.position + 1,
            parameters[task.key],
            _again(generation, parameters[task.key]),
        )
        for task in tasks
        if task.key in parameters
    ]


def _again(generation: Generation, parameters: Mapping[str, JSON]) -> str:
    operation = OPERATIONS[generation.operation]
    fields = operation.form_class.base_fields
    values = {
        name: parameters[wire]
        for name, wire in operation.recalls.items()
        if name in fields and parameters.get(wire) not in (None, "")
    }
    return urlencode({"again": generation.pk, **values})


def parameter_rows(
    generation: Generation, pictures: Sequence[DrawnPicture]
) -> list[ParameterRow]:
    words = clients.vocabulary(generation.provider)
    requested = _requested(lifecycle.order_of(generation).body, words)
    written = [
        {
            name: (label, value)
            for name, label, value in task_details.parameters(picture.parameters, words)
        }
        for picture in pictures
    ]
    labels = {name: label for each in written for name, (label, _v) in each.items()}
    rows = []
    for name, label in labels.items():
        values = [each.get(name, ("", ""))[1] for each in written]
        wanted = requested.get(words.synonyms.get(name, name), "")
        differs = bool(wanted) and any(value != wanted for value in values)
        merged = values[:1] if len(set(values)) == 1 else values
        rows.append(ParameterRow(label, wanted, merged, differs))
    return rows


def _requested(body: Mapping[str, JSON], words: Vocabulary) -> dict[str, str]:
    """Without lists, which the gateway returns as text (contract §14.15)."""
    compared = {
        name: value
        for name, value in body.items()
        if isinstance(value, int | float | str | dict) and name not in NOT_COMPARED
    }
    found = task_details.parameters(compared, words)
    return {name: value for name, _label, value in found}

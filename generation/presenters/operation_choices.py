"""The operations that can be chosen: the person's recent ones first, with prices."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from gateways import catalogue, quotes
from gateways.templatetags.gateways import provider_name
from generation.models import Generation
from generation.operations.base import Operation
from generation.operations.base_form import default_of
from generation.presenters.price_preview import PLACEHOLDER_PROMPT
from generation.presenters.prompt_form import PromptForm, configured_operations
from spend.templatetags.formats import amount

#: Generations of a person that tell what is recent.
RECENT_GENERATIONS = 40
MOST_RECENT = 3


@dataclass(frozen=True, slots=True)
class OperationChoice:
    operation: Operation
    is_ready: bool
    price: str


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    choices: list[OperationChoice]


def sections(member: User) -> Iterator[Section]:
    """Recent ones, then the others of each gateway."""
    operations = configured_operations()
    catalogues = {
        provider: catalogue.read(provider)
        for provider in dict.fromkeys(each.provider for each in operations.values())
    }
    choices = {
        slug: _choice(PromptForm(operation, catalogues[operation.provider], member))
        for slug, operation in operations.items()
    }
    recent = [slug for slug in _recent(member) if slug in choices][:MOST_RECENT]
    if recent:
        yield Section(_("Recent"), [choices.pop(slug) for slug in recent])
    for provider in catalogues:
        own = [each for each in choices.values() if each.operation.provider == provider]
        if own:
            yield Section(provider_name(provider), own)


def _recent(member: User) -> list[str]:
    rows = Generation.objects.filter(requested_by=member).order_by("-created_at", "-pk")
    return list(
        dict.fromkeys(rows.values_list("operation", flat=True)[:RECENT_GENERATIONS])
    )


def _choice(prompt_form: PromptForm) -> OperationChoice:
    operation = prompt_form.operation
    return OperationChoice(operation, prompt_form.is_ready, _price(prompt_form))


def _price(prompt_form: PromptForm) -> str:
    """Of one picture with the default settings, as far as it is known: no gateway is
    asked."""
    operation = prompt_form.operation
    if not operation.is_priced:
        words = _("about %(cost)s")
        return words % {"cost": amount(operation.assumed_each, operation.unit.value)}
    form = prompt_form.prefilled({})
    defaults = {name: default_of(field) for name, field in form.fields.items()}
    typed = {name: value for name, value in defaults.items() if value is not None}
    bound = operation.form_class(
        typed | {"prompt": PLACEHOLDER_PROMPT},
        catalogue=prompt_form.catalogue,
        member=prompt_form.member,
    )
    if not bound.is_valid():
        return ""
    known = quotes.known(operation.provider, operation.order(bound.cleaned_data))
    return amount(known.cost, known.unit.value) if known else ""

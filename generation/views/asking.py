"""The prompt form: which operation, filled with what, and what it would cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.forms import BoundField, ChoiceField, Field
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.access import MemberRequest
from accounts.models import Membership, User
from generation import catalogue
from generation.models import Artwork, Generation
from generation.operations import OPERATIONS
from generation.operations.base import Catalogue, Operation, OperationForm
from generation.providers.base import Quote
from spend import budgets, ledger
from spend.models import LedgerAccount

#: No price depends on the words, so a price can be asked for before there are any.
NO_PROMPT_YET = "…"


@dataclass(frozen=True, slots=True)
class Gateway:
    """One gateway's operations as the form offers them."""

    provider: str
    operations: tuple[tuple[Operation, bool], ...]  # with whether it is ready


@dataclass(frozen=True, slots=True)
class Asked:
    """The operation chosen, and what its gateway offers just now."""

    operation: Operation
    catalogue: Catalogue

    @property
    def is_ready(self) -> bool:
        return self.operation.is_ready(self.catalogue)

    def form(self, typed: Mapping[str, Any]) -> OperationForm:
        """Empty but for what was typed before, as far as it still can be chosen."""
        make = self.operation.form_class
        fields = make(initial=typed, catalogue=self.catalogue).fields
        kept = {
            name: value
            for name, value in typed.items()
            if name in fields and _can_hold(fields[name], value)
        }
        return make(initial=kept, catalogue=self.catalogue)

    def filled_form(self, data: QueryDict) -> OperationForm:
        return self.operation.form_class(data, catalogue=self.catalogue)


def _can_hold(field: Field, value: Any) -> bool:
    if isinstance(field, ChoiceField):
        return field.valid_value(str(value))
    return value not in (None, "")


def offered() -> dict[str, Operation]:
    """What can be asked for at the gateways that we have credentials for."""
    found = {
        slug: operation
        for slug, operation in OPERATIONS.items()
        if operation.provider in settings.GATEWAYS
    }
    if not found:
        raise Http404
    return found


def asked(slug: str) -> Asked:
    """The operation of that name, or the first there is."""
    operations = offered()
    operation = operations.get(slug) or next(iter(operations.values()))
    return Asked(operation, catalogue.read(operation.provider))


def gateways(chosen: Asked) -> Iterator[Gateway]:
    operations = offered().values()
    for provider in dict.fromkeys(operation.provider for operation in operations):
        is_chosen = provider == chosen.operation.provider
        lists = chosen.catalogue if is_chosen else catalogue.read(provider)
        mine = [operation for operation in operations if operation.provider == provider]
        yield Gateway(provider, tuple((each, each.is_ready(lists)) for each in mine))


def typed_before(request: MemberRequest) -> tuple[str, dict[str, Any]]:
    """Operation and field values that the address asks for.

    ``again`` names a generation of one's own, ``like`` a released artwork of the team.
    """
    if pk := request.GET.get("again"):
        rows = Generation.objects.visible_to(request.user)
        return _as_typed(get_object_or_404(rows, pk=_number(pk)))
    if pk := request.GET.get("like"):
        artworks = Artwork.objects.visible_to(request.user)
        found = artworks.select_related("generation")
        return _as_typed(get_object_or_404(found, pk=_number(pk)).generation)
    values = {
        name: value for name, value in request.GET.items() if name in all_fields()
    }
    return request.GET.get("operation", ""), values


def _as_typed(generation: Generation) -> tuple[str, dict[str, Any]]:
    return generation.operation, {**generation.parameters, "prompt": generation.prompt}


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404
    return int(text)


def all_fields() -> set[str]:
    return {
        name
        for operation in OPERATIONS.values()
        for name in operation.form_class.base_fields
    }


def kept_fields(form: OperationForm, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed for another operation: it waits, hidden, for the way back."""
    names = all_fields() - set(form.fields)
    return {name: value for name, value in typed.items() if name in names and value}


def is_filled(field: BoundField) -> bool:
    """Whether there is something to see in a field that would else be folded away."""
    return bool(field.errors) or field.value() not in (None, "", field.field.initial)


# --- What it would cost


@dataclass(frozen=True, slots=True)
class Offer:
    """A quote beside what may be spent. ``left`` is before, ``keeps`` after it."""

    quote: Quote
    pictures: int
    left: int
    limit: int | None  # None: no budget is set, the team's funds are the limit
    is_personal: bool

    @property
    def unit(self) -> str:
        return self.quote.unit.value

    @property
    def each(self) -> int | None:
        """What one picture costs, where all cost the same."""
        each, rest = divmod(self.quote.cost, max(self.pictures, 1))
        return None if rest else each

    @property
    def keeps(self) -> int:
        return self.left - self.quote.cost

    @property
    def is_over(self) -> bool:
        return self.keeps < 0


def offer(quote: Quote, pictures: int, user: User, membership: Membership) -> Offer:
    """Told by the limit that is passed, else by one's own, else by the team's."""
    team, unit = membership.team, quote.unit.value
    available = ledger.balances(team, unit)[LedgerAccount.Kind.AVAILABLE]
    found = [
        Offer(quote, pictures, purse.left, purse.limit, purse.is_personal)
        for purse in budgets.purses(team, user, unit, timezone.localdate())
    ]
    found.append(Offer(quote, pictures, max(available, 0), None, False))
    return next((each for each in found if each.is_over), found[0])

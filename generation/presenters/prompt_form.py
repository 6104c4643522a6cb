"""The prompt form: which operation, filled with what, and what it would cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import BoundField, ChoiceField, Field
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise

from accounts.access import MemberRequest
from accounts.models import Team, User
from gateways import catalogue
from gateways.catalogue import Catalogue
from gateways.providers.base import Quote
from generation import uploads
from generation.models import Artwork, Generation
from generation.operations import OPERATIONS
from generation.operations.base import Operation, OperationForm
from generation.operations.fields import CountsField, UploadField, pairs
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
    member: User

    @property
    def is_ready(self) -> bool:
        is_ready = self.operation.is_ready(self.catalogue)
        return is_ready and not self.cannot_be_reached

    def form(self, typed: Mapping[str, Any]) -> OperationForm:
        """Empty but for what was typed before, as far as it still can be chosen."""
        fields = self._make(initial=typed).fields
        kept = {
            name: value
            for name, value in typed.items()
            if name in fields and _can_hold(fields[name], value)
        }
        return self._make(initial=kept)

    @property
    def cannot_be_reached(self) -> bool:
        """Whether it needs pictures of one's own, which its gateway cannot fetch."""
        return self.operation.needs_uploads and not uploads.reached_at()

    def filled_form(self, data: QueryDict) -> OperationForm:
        return self._make(data)

    def _make(
        self, data: QueryDict | None = None, initial: Mapping[str, Any] | None = None
    ) -> OperationForm:
        make = self.operation.form_class
        start = dict(initial or {})
        return make(data, initial=start, catalogue=self.catalogue, member=self.member)


def _can_hold(field: Field, value: Any) -> bool:
    if value in (None, "", [], {}):
        return False
    if isinstance(field, ChoiceField | CountsField | UploadField):
        try:
            field.clean(value)
        except ValidationError:
            return False
    return True


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


def asked(slug: str, member: User) -> Asked:
    """The operation of that name, or the first there is."""
    operations = offered()
    operation = operations.get(slug) or next(iter(operations.values()))
    return Asked(operation, catalogue.read(operation.provider), member)


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
    Fields beside ``again`` come before its own.
    """
    if pk := request.GET.get("again"):
        rows = Generation.objects.visible_to(request.user)
        slug, typed = _as_typed(get_object_or_404(rows, pk=_number(pk)))
        beside = typed_values(request.GET).items()
        return slug, typed | {n: value for n, value in beside if n in request.GET}
    if pk := request.GET.get("like"):
        artworks = Artwork.objects.visible_to(request.user)
        found = artworks.select_related("generation")
        return _as_typed(get_object_or_404(found, pk=_number(pk)).generation)
    return request.GET.get("operation", ""), typed_values(request.GET)


def typed_values(data: QueryDict) -> dict[str, Any]:
    """Field values as they were sent, of whichever operations."""
    return {
        name: field.widget.value_from_datadict(data, MultiValueDict(), name)
        for name, field in all_fields().items()
        if not field.widget.value_omitted_from_data(data, MultiValueDict(), name)
    }


def _as_typed(generation: Generation) -> tuple[str, dict[str, Any]]:
    return generation.operation, {**generation.parameters, "prompt": generation.prompt}


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404
    return int(text)


def all_fields() -> dict[str, Field]:
    """By their names: the same name means the same kind of value everywhere."""
    return {
        name: field
        for operation in OPERATIONS.values()
        for name, field in operation.form_class.base_fields.items()
    }


def kept_fields(form: OperationForm, typed: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was typed for another operation or model: it waits, hidden, for the way
    back."""
    fields = all_fields()
    names = fields.keys() - set(form.fields)
    return [
        pair
        for name, value in typed.items()
        if name in names
        for pair in pairs(name, value)
        if pair[1] and not (pair[1] == "0" and isinstance(fields[name], CountsField))
    ]


def is_filled(field: BoundField) -> bool:
    """Whether there is something to see in a field that would else be folded away."""
    empty: tuple[Any, ...] = (None, False, "", [], {}, field.field.initial)
    return bool(field.errors) or field.value() not in empty


@dataclass(frozen=True, slots=True)
class Fold:
    """Fields behind a title; open where there is something to see."""

    title: str | Promise
    fields: list[BoundField]

    @property
    def is_open(self) -> bool:
        return any(map(is_filled, self.fields))


def folds(form: OperationForm) -> list[Fold]:
    return [Fold(title, fields) for title, fields in form.folded]


# --- What it would cost


@dataclass(frozen=True, slots=True)
class Offer:
    """A quote beside what may be spent. ``left`` is before, ``keeps`` after it."""

    quote: Quote
    pictures: int
    left: int
    limit: int | None  # None: no budget is set, the team's funds are the limit
    is_personal: bool
    is_hard: bool = True

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
        return self.keeps < 0 and self.is_hard

    @property
    def is_warned(self) -> bool:
        """It passes a limit that only warns."""
        return self.keeps < 0 and not self.is_hard


def offer(
    quote: Quote,
    pictures: int,
    user: User,
    team: Team,
    operation: str = "",
    *,
    gateway: str,
) -> Offer:
    """Told by the limit that is passed, else by one's own, else by the team's.
    ``gateway`` names the purse that pays (`spend.purses`)."""
    unit, today = quote.unit.value, timezone.localdate()
    available = ledger.balances(team, unit, gateway)[LedgerAccount.Kind.AVAILABLE]
    found = [
        Offer(
            quote, pictures, purse.left, purse.limit, purse.is_personal, purse.is_hard
        )
        for purse in budgets.allowances(team, user, unit, today, operation, gateway)
    ]
    found.append(Offer(quote, pictures, max(available, 0), None, False))
    told = [each for each in found if each.is_over]
    told += [each for each in found if each.is_warned]
    return (told or found)[0]

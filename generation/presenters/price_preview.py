"""The live price line: the quote, its budget, the queue ahead."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import MemberRequest
from accounts.models import Membership, Team, User
from gateways import gateway_messages
from gateways.gateway_messages import sentences
from gateways.providers.base import Quote
from gateways.providers.errors import ProviderError, Refused
from gateways.templatetags.gateways import provider_name
from generation.operations.base import Operation
from generation.operations.base_form import OperationForm
from generation.presenters.prompt_form import (
    PromptForm,
    configured_operations,
    settings_context,
)
from generation.presenters.queue_position import (
    PageQueue,
    ahead_label,
    pinned_wait_reason,
)
from spend import budgets, ledger, purses
from spend.models import LedgerAccount

#: Prompt of a quote: no price depends on the words.
PLACEHOLDER_PROMPT = "…"


@dataclass(frozen=True, slots=True)
class PricePreview:
    """A quote and the limit that it uses, in the quote's unit.

    ``left``: what the limit leaves before the charge. ``limit``: the budget's, or None
    where the team's funds are the limit. A soft limit only warns.
    """

    quote: Quote
    pictures: int
    left: int
    limit: int | None
    is_personal: bool
    is_hard: bool = True

    @property
    def unit(self) -> str:
        return self.quote.unit.value

    @property
    def each(self) -> int | None:
        """Price per picture; None where the cost does not divide evenly."""
        each, rest = divmod(self.quote.cost, max(self.pictures, 1))
        return None if rest else each

    @property
    def left_after(self) -> int:
        return self.left - self.quote.cost

    @property
    def is_over(self) -> bool:
        return self.left_after < 0 and self.is_hard

    @property
    def is_over_soft_limit(self) -> bool:
        return self.left_after < 0 and not self.is_hard


def price_preview(
    quote: Quote,
    pictures: int,
    user: User,
    team: Team,
    operation: str = "",
    *,
    gateway: str,
) -> PricePreview:
    """Limit shown: one that the quote passes, else the user's own, else the team's.

    ``gateway``: the paying purse (`spend.purses`).
    """
    unit, today = quote.unit.value, timezone.localdate()
    available = ledger.balances(team, unit, gateway)[LedgerAccount.Kind.AVAILABLE]
    found = [
        PricePreview(
            quote, pictures, purse.left, purse.limit, purse.is_personal, purse.is_hard
        )
        for purse in budgets.allowances(team, user, unit, today, operation, gateway)
    ]
    found.append(PricePreview(quote, pictures, max(available, 0), None, False))
    passed = [each for each in found if each.is_over]
    passed += [each for each in found if each.is_over_soft_limit]
    return (passed or found)[0]


def price_context(
    request: MemberRequest, prompt_form: PromptForm, data: QueryDict
) -> dict[str, Any]:
    """``price``, or ``trouble`` in words, or the labels of ``missing`` and ``wrong``
    fields. Asks the gateway where no fresh quote is cached."""
    if not prompt_form.is_ready:
        return {}
    priced = data.copy()
    priced["prompt"] = PLACEHOLDER_PROMPT
    form = prompt_form.bound(priced)
    context = settings_context(form, ())
    if not form.is_valid():
        return context | _unpriced(form)
    operation, cleaned = prompt_form.operation, form.cleaned_data
    try:
        quote = operation.quote(cleaned)
    except ProviderError as error:
        return context | {"trouble": quote_failure(operation.provider, error)}
    price = preview_of(request, operation, cleaned, quote)
    return {
        **context,
        "price": price,
        "admins": _admin_names(request.membership.team) if price.is_over else [],
        **_queue_context(request.user, prompt_form, quote, cleaned),
    }


def preview_of(
    request: MemberRequest,
    operation: Operation,
    cleaned: Mapping[str, Any],
    quote: Quote,
) -> PricePreview:
    return price_preview(
        quote,
        operation.order(cleaned).pictures or 1,
        request.user,
        request.membership.team,
        operation.slug,
        gateway=purses.of(operation.provider),
    )


def _unpriced(form: OperationForm) -> dict[str, Any]:
    """Labels of the fields without which there is no price."""
    missing: list[str] = []
    wrong: list[str] = []
    for name, errors in form.errors.as_data().items():
        label = str(form.fields[name].label) if name in form.fields else ""
        is_missing = all(error.code == "required" for error in errors)
        (missing if is_missing else wrong).append(label)
    return {"missing": missing, "wrong": wrong}


def _queue_context(
    user: User, prompt_form: PromptForm, quote: Quote, cleaned: Mapping[str, Any]
) -> dict[str, str]:
    """Pictures ahead in our queue and the gateway's."""
    queue, provider = PageQueue(), prompt_form.operation.provider
    ahead = queue.ahead_of_next(provider, user) + (quote.ahead or 0)
    pinned = prompt_form.operation.bound_to(cleaned)
    reason = pinned_wait_reason(pinned) if pinned else queue.wait_reason(provider)
    return {"ahead": ahead_label(ahead) if ahead else "", "wait_reason": reason}


def quote_failure(provider: str, error: ProviderError) -> str:
    if isinstance(error, Refused):
        why = gateway_messages.explain(provider, error.code, error.message)
        return sentences(_("The gateway names no price."), why)
    return no_answer(provider)


def refusal(provider: str, error: ProviderError) -> str:
    """Of a call before the paid one."""
    if isinstance(error, Refused):
        why = gateway_messages.explain(provider, error.code, error.message)
        return sentences(why, _("Nothing was sent, and nothing was paid."))
    return no_answer(provider)


def no_answer(provider: str) -> str:
    """What happened, what it cost, what can be done."""
    has_another = any(
        operation.provider != provider for operation in configured_operations().values()
    )
    if has_another:
        sentence = _(
            "%(gateway)s does not answer; nothing was sent, and nothing was paid. What "
            "you typed is kept: try again in a minute, or choose an operation of "
            "another gateway."
        )
    else:
        sentence = _(
            "%(gateway)s does not answer; nothing was sent, and nothing was paid. What "
            "you typed is kept: try again in a minute."
        )
    return sentence % {"gateway": provider_name(provider)}


def _admin_names(team: Team) -> list[str]:
    admins = team.memberships.filter(role=Membership.Role.ADMIN)
    return [each.user.display_name for each in admins.select_related("user")]

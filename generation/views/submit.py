from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.access import MemberRequest
from gateways import catalogue
from gateways.gateway_messages import sentences
from gateways.providers.errors import ProviderError, Refused
from generation import lifecycle, tasks, uploads
from generation.forms import store_files
from generation.models import Generation
from generation.operations.base import Operation
from generation.operations.base_form import OperationForm
from generation.presenters import blanks, cards, origin_changes
from generation.presenters.price_preview import (
    PricePreview,
    preview_of,
    quote_failure,
    refusal,
)
from generation.presenters.prompt_form import PromptForm, form_context, posted_values
from generation.presenters.reuse import repeated
from net.request_body import takes
from net.request_values import number
from spend import large_requests, purses
from spend.budgets import BudgetExceeded
from spend.ledger import FundsExceeded
from spend.templatetags.formats import amount


@takes(uploads.MOST_BYTES_AT_ONCE)
@require_POST
def submit(request: MemberRequest) -> HttpResponse:
    """Accept a valid form once per ``submit_key``; else show its errors.

    Without JavaScript the form carries its files; they are stored first.
    """
    slug, data = request.POST.get("operation", ""), request.POST.copy()
    prompt_form = PromptForm.of(slug, request.user)
    typed = blanks.fill(data, prompt_form.operation.form_class)
    form = prompt_form.bound(data)
    blanks.check(data, typed, form)
    for name, errors in store_files(request, data, form.fields).items():
        for error in errors:
            form.add_error(name, error)
    if prompt_form.operation.slug != slug:
        form.add_error(None, _("That is not offered any more. Choose again."))
    if not (prompt_form.is_ready and form.is_valid()):
        blanks.put_back(form, typed)
        return refuse(request, prompt_form, form, data)
    key = _submit_key(request)
    before = request.user.generations.filter(submit_key=key).first()
    try:
        generation = before or _submit(request, prompt_form, form, key)
    except Unconfirmed as error:
        blanks.put_back(form, typed)
        return _ask(request, prompt_form, form, data, error.price)
    # For a new row, too: a concurrent request may have used the key first.
    if generation is None or not _matches(request, generation, prompt_form, form):
        blanks.put_back(form, typed)
        return refuse(request, prompt_form, form, data)
    if before is None:
        transaction.on_commit(tasks.nudge)
    return _accept(request, generation)


def _submit_key(request: MemberRequest) -> UUID:
    try:
        return UUID(request.POST.get("submit_key", ""))
    except ValueError as error:
        raise SuspiciousOperation("A form without its key") from error


class Unconfirmed(Exception):
    """A large request that was not confirmed at its price."""

    def __init__(self, price: PricePreview) -> None:
        super().__init__(price.quote.cost)
        self.price = price


def _check_confirmed(
    request: MemberRequest, operation: Operation, price: PricePreview
) -> None:
    """``confirmed``: the cost that the person saw. Raises Unconfirmed."""
    most = large_requests.asks_above(
        request.membership.team,
        request.user,
        operation.unit.value,
        operation=operation.slug,
        gateway=purses.of(operation.provider),
    )
    confirmed = number(request.POST.get("confirmed", "")) or 0
    if price.quote.cost > max(most, confirmed) and not price.is_over:
        raise Unconfirmed(price)


def _submit(
    request: MemberRequest, prompt_form: PromptForm, form: OperationForm, key: UUID
) -> Generation | None:
    """None after an error was added to the form."""
    operation, cleaned = prompt_form.operation, form.cleaned_data
    uploads.note_use(cleaned)
    if objections := _objections(operation, cleaned):
        for name, errors in objections.items():
            for error in errors:
                form.add_error(name or None, error)
        return None
    try:
        quote = operation.quote(cleaned)
        price = preview_of(request, operation, cleaned, quote)
        _check_confirmed(request, operation, price)
        return lifecycle.submit(
            operation=operation,
            cleaned=cleaned,
            quote=quote,
            requested_by=request.user,
            team=request.membership.team,
            submit_key=key,
            repeats=repeated(request),
        )
    except ProviderError as error:
        told = quote_failure(operation.provider, error)
        if isinstance(error, Refused):
            told = sentences(told, _("Nothing was sent, and nothing was paid."))
        form.add_error(None, told)
    except (BudgetExceeded, FundsExceeded) as error:
        left = amount(error.left, operation.unit.value)
        message = _("That costs more than is left: %(left)s. Nothing was sent.")
        form.add_error(None, message % {"left": left})
    return None


def _objections(
    operation: Operation, cleaned: Mapping[str, Any]
) -> dict[str, list[str]]:
    """By field; without a name: of the whole form."""
    try:
        provider = catalogue.answering_client(operation.provider)
        return operation.objections(cleaned, provider)
    except ProviderError as error:
        return {"": [refusal(operation.provider, error)]}


def _matches(
    request: MemberRequest,
    generation: Generation,
    prompt_form: PromptForm,
    form: OperationForm,
) -> bool:
    """Whether the key's generation has the form's values and team; else adds an error.

    A changed form needs a new key, which the answer carries.
    """
    stored = {**generation.parameters, "prompt": generation.prompt}
    is_same = form.cleaned_data.items() <= stored.items()
    is_same = is_same and generation.team_id == request.membership.team_id
    if is_same and prompt_form.operation.slug == generation.operation:
        return True
    message = _("This form was sent once already. Look at it and send it again.")
    form.add_error(None, message)
    return False


def _accept(request: MemberRequest, generation: Generation) -> HttpResponse:
    """The card on top of the feed, out of band like all that come anew."""
    if not request.htmx:
        return redirect("generation:create")
    # As it stands now: the lifecycle wrote past this object.
    card = cards.of(Generation.objects.get(pk=generation.pk), request.user)
    context = {
        "new_cards": [card],
        "poll_cursor": cards.joined(
            request.POST.get("seen", ""), cards.poll_cursor([card])
        ),
        # As it was: another tab may have submitted one in between.
        "newest": number(request.POST.get("after", "")),
        "submit_key": uuid4(),
    }
    response = render(request, "generation/_submitted.html", context)
    return reswap(trigger_client_event(response, "submitted"), "none")


def _ask(
    request: MemberRequest,
    prompt_form: PromptForm,
    form: OperationForm,
    data: QueryDict,
    price: PricePreview,
) -> HttpResponse:
    """The same form with another button; its key is still unused."""
    if request.htmx:
        context = {"prompt_form": prompt_form, "asks": price}
        context |= {"create_url": reverse("generation:create")}
        response = render(request, "generation/_quote.html", context)
        return reswap(retarget(response, "#quote"), "outerHTML")
    context = form_context(prompt_form, form, posted_values(data), data.getlist("open"))
    context |= {
        "asks": price,
        **blanks.context(request.POST, form),
        **origin_changes.context(request, prompt_form, form),
    } | cards.latest_context(request)
    return render(request, "generation/create.html", context)


def refuse(
    request: MemberRequest,
    prompt_form: PromptForm,
    form: OperationForm,
    data: QueryDict,
) -> HttpResponse:
    """All that was typed; focus on the first field with an error."""
    first = next((name for name in form.errors if name in form.fields), "")
    first = first or next(iter(form.fields))
    form.fields[first].widget.attrs["autofocus"] = True
    context = form_context(prompt_form, form, posted_values(data), data.getlist("open"))
    context["first_error"] = first
    context |= blanks.context(request.POST, form)
    context |= origin_changes.context(request, prompt_form, form)
    if request.htmx:
        response = render(request, "generation/_form.html", context, status=422)
        return reswap(retarget(response, "#ask"), "outerHTML")
    context |= cards.latest_context(request)
    return render(request, "generation/create.html", context, status=422)

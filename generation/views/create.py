"""The front page: write a prompt, see its price, ask for it."""

from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import replace_url, reswap, retarget, trigger_client_event

from accounts.access import MemberRequest
from accounts.models import Membership
from gateways import catalogue, gateway_messages
from gateways.gateway_messages import sentences
from gateways.models import GatewayAccount
from gateways.providers.base import ProviderError, Refused
from generation import lifecycle, tasks
from generation import uploads as brought
from generation.models import Generation
from generation.operations.base import OperationForm
from generation.presenters import cards, prompt_form
from generation.presenters.prompt_form import Asked
from generation.presenters.queue_position import Queue, ahead_words, why_it_waits_there
from generation.views import uploads
from spend import purses
from spend.budgets import BudgetExceeded
from spend.ledger import FundsExceeded
from spend.templatetags.portal import amount

LATEST = 12


@require_GET
@never_cache
@vary_on_headers("HX-Request", "HX-Target")
def create(request: MemberRequest) -> HttpResponse:
    slug, typed = prompt_form.typed_before(request)
    asked = prompt_form.asked(slug, request.user)
    form = asked.form(typed)
    context = _form_context(asked, form) | {
        "kept": prompt_form.kept_fields(form, typed)
    }
    if request.htmx.target == "operation-fields":
        part = context | {"is_part": True}
        response = render(request, "generation/_operation_fields.html", part)
        url = f"{reverse('generation:create')}?operation={asked.operation.slug}"
        return replace_url(response, url)
    if "price" in request.GET:  # the way to see it without JavaScript
        context |= _price(request, asked, request.GET)
    return render(request, "generation/create.html", context | _latest(request))


@require_GET
def quote(request: MemberRequest) -> HttpResponse:
    """The live line and the button under it: what it would cost, before it does."""
    asked = prompt_form.asked(request.GET.get("operation", ""), request.user)
    context = _price(request, asked, request.GET) | {"asked": asked}
    return render(request, "generation/_quote.html", context)


@require_POST
def submit(request: MemberRequest) -> HttpResponse:
    asked = prompt_form.asked(request.POST.get("operation", ""), request.user)
    data = request.POST.copy()
    # Without JavaScript the files come with the form.
    fields = asked.filled_form(data).fields
    not_taken = uploads.bring(request, data, fields)
    form = asked.filled_form(data)
    for name, errors in not_taken.items():
        for error in errors:
            form.add_error(name, error)
    if asked.operation.slug != request.POST.get("operation"):
        form.add_error(None, _("That is not offered any more. Choose again."))
    if not form.is_valid():
        return _refuse(request, asked, form, data)
    key = _submit_key(request)
    before = request.user.generations.filter(submit_key=key).first()
    generation = before or _submit(request, asked, form, key)
    # Also where another request with the key was first in the meantime.
    if generation is None or not _is_as_asked(generation, asked, form):
        return _refuse(request, asked, form, data)
    if before is None:
        transaction.on_commit(tasks.nudge)
    return _accept(request, generation, is_new=before is None)


# --- The form


def _form_context(asked: Asked, form: OperationForm) -> dict[str, Any]:
    return {
        "asked": asked,
        "form": form,
        "gateways": prompt_form.gateways(asked),
        "prompt_limit": _prompt_limit(form),
        "folds": prompt_form.folds(form),
        "submit_key": uuid4(),
    }


def _prompt_limit(form: OperationForm) -> int:
    """In characters; 0 where nothing is to be described."""
    return getattr(form.fields.get("prompt"), "max_length", 0)


def _latest(request: MemberRequest) -> dict[str, Any]:
    rows = Generation.objects.in_team(request.membership.team)
    mine = rows.filter(requested_by=request.user).order_by("-created_at", "-pk")
    latest = cards.with_cards(mine)[:LATEST]
    shown = cards.of_page(latest, request.user)
    return {"cards": shown, "seen": cards.seen(shown)}


def _price(request: MemberRequest, asked: Asked, data: QueryDict) -> dict[str, Any]:
    """``offer``, or ``trouble`` in words; neither while the form cannot be priced."""
    priced = data.copy()
    priced["prompt"] = prompt_form.NO_PROMPT_YET
    form = asked.filled_form(priced)
    if not (asked.is_ready and form.is_valid()):
        return {}
    try:
        told = asked.operation.quote(form.cleaned_data)
    except ProviderError as error:
        return {"trouble": _no_price(asked, error)}
    pictures = asked.operation.order(form.cleaned_data).pictures or 1
    team, slug = request.membership.team, asked.operation.slug
    purse = purses.of(asked.operation.provider)
    offer = prompt_form.offer(told, pictures, request.user, team, slug, gateway=purse)
    admins = _admins(request) if offer.is_over else []
    bound = asked.operation.bound_to(form.cleaned_data)
    waiting = _waiting(request, asked, told.ahead, bound)
    return {"offer": offer, "admins": admins, **waiting}


def _waiting(
    request: MemberRequest,
    asked: Asked,
    ahead_there: int | None,
    bound: GatewayAccount | None,
) -> dict[str, str]:
    """What goes before it: in our queue, and at the gateway as far as it tells."""
    queue, provider = Queue(), asked.operation.provider
    ahead = queue.ahead_of_next(provider, request.user) + (ahead_there or 0)
    words = ahead_words(ahead) if ahead else ""
    waits = why_it_waits_there(bound) if bound else queue.waits(provider)
    return {"ahead": words, "waits": waits}


def _no_price(asked: Asked, error: ProviderError) -> str:
    if isinstance(error, Refused):
        told = gateway_messages.explain(
            asked.operation.provider, error.code, error.message
        )
        return sentences(_("The gateway names no price."), told)
    return _("The gateway does not tell the price just now.")


def _admins(request: MemberRequest) -> list[str]:
    """Whom to ask for more."""
    admins = request.membership.team.memberships.filter(role=Membership.Role.ADMIN)
    return [each.user.display_name for each in admins.select_related("user")]


# --- Submitting


def _submit_key(request: MemberRequest) -> UUID:
    try:
        return UUID(request.POST.get("submit_key", ""))
    except ValueError as error:
        raise SuspiciousOperation("A form without its key") from error


def _submit(
    request: MemberRequest, asked: Asked, form: OperationForm, key: UUID
) -> Generation | None:
    """None: the form then says why not."""
    cleaned = form.cleaned_data
    brought.note_use(cleaned)
    try:
        provider = catalogue.answering_client(asked.operation.provider)
        objections = asked.operation.objections(cleaned, provider)
        for name, errors in objections.items():
            for error in errors:
                form.add_error(name, error)
        if objections:
            return None
        return lifecycle.submit(
            operation=asked.operation,
            cleaned=cleaned,
            quote=asked.operation.quote(cleaned),
            requested_by=request.user,
            team=request.membership.team,
            submit_key=key,
        )
    except ProviderError as error:
        told = _("Nothing was sent, and nothing was paid.")
        form.add_error(None, sentences(_no_price(asked, error), told))
    except (BudgetExceeded, FundsExceeded) as error:
        left = amount(error.left, asked.operation.unit.value)
        told = _("That costs more than is left: %(left)s. Nothing was sent.")
        form.add_error(None, told % {"left": left})
    return None


def _is_as_asked(generation: Generation, asked: Asked, form: OperationForm) -> bool:
    """A form is sent once: other words under its key need a new one, and it says so."""
    asked_before = {**generation.parameters, "prompt": generation.prompt}
    same = form.cleaned_data.items() <= asked_before.items()
    if same and asked.operation.slug == generation.operation:
        return True
    told = _("This form was sent once already. Look at it and send it again.")
    form.add_error(None, told)
    return False


def _accept(
    request: MemberRequest, generation: Generation, *, is_new: bool
) -> HttpResponse:
    if not request.htmx:
        return redirect("generation:create")
    row = cards.with_cards(Generation.objects.filter(pk=generation.pk)).get()
    card = cards.Card(row, request.user)
    seen = [request.POST.get("seen", ""), cards.seen([card])]
    context = {
        "card": card,
        "is_new": is_new,
        "seen": ",".join(filter(None, seen)),
        "submit_key": uuid4(),
    }
    response = render(request, "generation/_submitted.html", context)
    return trigger_client_event(response, "submitted")


def _refuse(
    request: MemberRequest, asked: Asked, form: OperationForm, data: QueryDict
) -> HttpResponse:
    """The form again, with everything typed and each error in its place."""
    first = next((name for name in form.errors if name in form.fields), "")
    first = first or next(iter(form.fields))
    form.fields[first].widget.attrs["autofocus"] = True
    context = _form_context(asked, form) | {
        "first_error": first,
        "kept": prompt_form.kept_fields(form, prompt_form.typed_values(data)),
    }
    if request.htmx:
        response = render(request, "generation/_form.html", context, status=422)
        return reswap(retarget(response, "#ask"), "outerHTML")
    page = context | _latest(request)
    return render(request, "generation/create.html", page, status=422)

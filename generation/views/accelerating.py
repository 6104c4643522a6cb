"""To come to its turn sooner: what it costs and saves, and the click that pays."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from gateways import gateway_messages
from gateways.gateway_messages import sentences
from gateways.providers.base import Quote
from generation import lifecycle
from generation.forms import AccelerationForm
from generation.models import Acceleration, Generation, ProviderTask
from generation.presenters import cards, prompt_form
from generation.presenters.prompt_form import Offer
from spend.budgets import BudgetExceeded
from spend.ledger import FundsExceeded
from spend.templatetags.portal import amount
from spend.units import Unit

Status = Acceleration.Status


@dataclass(frozen=True, slots=True)
class Forward:
    """So many places, and what they cost, save, and leave in the purse."""

    steps: int
    price: int
    saves: int | None  # seconds
    offer: Offer


@require_GET
@never_cache
@vary_on_headers("HX-Request", "HX-Target")
def acceleration(request: MemberRequest, pk: int) -> HttpResponse:
    """The panel; its line of price alone where that is what is asked for."""
    generation = get_object_or_404(_mine(request), pk=pk)
    if lifecycle.place_price(generation) is None:
        raise Http404
    most = lifecycle.most_steps(generation)
    number = lifecycle.next_number(generation)
    typed = {"number": number, "steps": request.GET.get("steps", 1)}
    form = AccelerationForm(typed, most=most)
    is_valid = form.is_valid()
    context = {
        "generation": generation,
        "form": form,
        "most": most,
        "is_whole": "whole" in request.GET,
        "forward": _forward(generation, form.cleaned_data["steps"], request)
        if is_valid
        else None,
    }
    part = "acceleration"
    if request.htmx:
        is_price = request.htmx.target == f"forward-{pk}"
        part = "_forward" if is_price else "_acceleration"
    return render(request, f"generation/{part}.html", context)


def _mine(request: MemberRequest) -> QuerySet[Generation]:
    mine = Generation.objects.visible_to(request.user).filter(requested_by=request.user)
    rows = mine.select_related("team", "account__health", "requested_by")
    return rows.prefetch_related("tasks", "accelerations")


def _forward(generation: Generation, steps: int, request: MemberRequest) -> Forward:
    price = steps * (lifecycle.place_price(generation) or 0)
    quote = Quote(price, Unit(generation.unit))
    seconds = [
        task.step_seconds
        for task in generation.tasks.all()
        if task.status == ProviderTask.Status.QUEUED and task.step_seconds is not None
    ]
    saves = min(seconds) * steps if seconds else None
    purse = generation.account.purse
    offer = prompt_form.offer(quote, 1, request.user, generation.team, gateway=purse)
    return Forward(steps, price, saves or None, offer)


@require_POST
def accelerate(request: MemberRequest, pk: int) -> HttpResponse:
    generation = get_object_or_404(_mine(request), pk=pk)
    most = lifecycle.most_steps(generation)
    form = AccelerationForm(request.POST, most=most)
    is_new = request.POST.get("number") == str(lifecycle.next_number(generation))
    if form.is_valid():
        _accelerate(request, generation, form)
    elif is_new:
        messages.warning(request, _too_late(generation, most))
    if not request.htmx:
        return redirect("generation:detail", pk=pk)
    row = cards.with_cards(_mine(request).prefetch_related(None)).get(pk=pk)
    card = cards.Card(row, request.user, is_whole="whole" in request.POST)
    context = {"card": card, "is_done": True}
    return render(request, "generation/_accelerated.html", context)


def _accelerate(
    request: MemberRequest, generation: Generation, form: AccelerationForm
) -> None:
    steps, number = form.cleaned_data["steps"], form.cleaned_data["number"]
    try:
        made = lifecycle.accelerate(
            generation, steps=steps, number=number, asked_by=request.user
        )
    except (BudgetExceeded, FundsExceeded) as error:
        left = amount(error.left, generation.unit)
        told = _("That costs more than is left: %(left)s. Nothing was asked for.")
        messages.error(request, told % {"left": left})
        return
    if made:
        level = messages.SUCCESS if made.status == Status.ACCEPTED else messages.WARNING
        messages.add_message(request, level, _told(generation, made))
    elif not generation.accelerations.filter(number=number).exists():
        messages.warning(request, _too_late(generation, 0))


def _told(generation: Generation, made: Acceleration) -> str:
    """What came of it, and what became of the generation meanwhile."""
    price = amount(made.price, generation.unit)
    if made.status == Status.ACCEPTED:
        words = ngettext(
            "Moved forward by %(number)s place, for %(price)s.",
            "Moved forward by %(number)s places, for %(price)s.",
            made.steps,
        )
        return words % {"number": made.steps, "price": price}
    if made.status == Status.UNKNOWN:
        words = _(
            "The gateway did not answer whether it moves it forward. It is not asked "
            "twice; %(price)s stay reserved until it has charged."
        )
        return words % {"price": price}
    nothing = _("Nothing was paid for moving it forward.")
    if not generation.tasks.filter(status=ProviderTask.Status.QUEUED).exists():
        return sentences(_begun(generation), nothing)
    provider = generation.account.provider
    said = gateway_messages.explain(provider, made.failure_code, made.failure_message)
    return sentences(said, nothing)


def _begun(generation: Generation) -> str:
    if generation.status == Generation.Status.RUNNING:
        return _("It has begun meanwhile, and will be finished.")
    return _("It has ended meanwhile.")


def _too_late(generation: Generation, most: int) -> str:
    if most:
        words = ngettext(
            "It can be moved forward by %(number)s place at most. Nothing was paid.",
            "It can be moved forward by %(number)s places at most. Nothing was paid.",
            most,
        )
        return words % {"number": most}
    return _("There is nothing ahead of it any more. Nothing was paid.")

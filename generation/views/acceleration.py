"""Acceleration of a queued generation: panel and purchase."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from generation import lifecycle
from generation.forms import AccelerationForm
from generation.models import Acceleration, Generation
from generation.presenters import cards
from generation.presenters.acceleration import (
    acceleration_preview,
    outcome_words,
    over_limit,
    too_far,
)
from spend.budgets import BudgetExceeded
from spend.ledger import FundsExceeded


@require_GET
@never_cache
@vary_on_headers("HX-Request", "HX-Target")
def acceleration(request: MemberRequest, pk: int) -> HttpResponse:
    """The page, its panel, or the panel's price line."""
    generation = get_object_or_404(_own(request), pk=pk)
    if lifecycle.place_price(generation) is None:
        raise Http404
    most = lifecycle.most_steps(generation)
    number = lifecycle.next_number(generation)
    typed = {"number": number, "steps": request.GET.get("steps", 1)}
    form = AccelerationForm(typed, most=most)
    context = {
        "generation": generation,
        "form": form,
        "most": most,
        "is_whole": "whole" in request.GET,
    }
    if form.is_valid():
        steps = form.cleaned_data["steps"]
        context["preview"] = acceleration_preview(generation, steps, request.user)
    part = "acceleration"
    if request.htmx:
        is_price = request.htmx.target == f"forward-{pk}"
        part = "_forward" if is_price else "_acceleration"
    return render(request, f"generation/{part}.html", context)


def _own(request: MemberRequest) -> QuerySet[Generation]:
    own = Generation.objects.visible_to(request.user).filter(requested_by=request.user)
    return own.select_related(
        "team", "account__health", "requested_by"
    ).prefetch_related("tasks", "accelerations")


@require_POST
def accelerate(request: MemberRequest, pk: int) -> HttpResponse:
    generation = get_object_or_404(_own(request), pk=pk)
    most = lifecycle.most_steps(generation)
    form = AccelerationForm(request.POST, most=most)
    is_new = request.POST.get("number") == str(lifecycle.next_number(generation))
    if form.is_valid():
        _accelerate(request, generation, form)
    elif is_new:
        messages.warning(request, too_far(most))
    if not request.htmx:
        return redirect("generation:detail", pk=pk)
    row = _own(request).get(pk=pk)
    card = cards.of(row, request.user, is_whole="whole" in request.POST)
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
        messages.error(request, over_limit(error.left, generation.unit))
        return
    if made:
        is_accepted = made.status == Acceleration.Status.ACCEPTED
        level = messages.SUCCESS if is_accepted else messages.WARNING
        messages.add_message(request, level, outcome_words(generation, made))
    elif not generation.accelerations.filter(number=number).exists():
        messages.warning(request, too_far(0))

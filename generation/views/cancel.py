from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest
from generation import lifecycle
from generation.lifecycle import Cancelled
from generation.models import Generation
from generation.presenters import cards
from generation.presenters.cancellation import cancellation_words


@require_POST
def cancel(request: MemberRequest, pk: int) -> HttpResponse:
    own = Generation.objects.visible_to(request.user).filter(requested_by=request.user)
    rows = own.select_related("team", "account", "requested_by")
    generation = get_object_or_404(rows, pk=pk)
    outcome = lifecycle.cancel(generation)
    is_taken = outcome in (Cancelled.WHOLE, Cancelled.PARTLY, Cancelled.ASKED)
    level = messages.SUCCESS if is_taken else messages.WARNING
    messages.add_message(request, level, cancellation_words(outcome, generation))
    if not request.htmx:
        return redirect("generation:detail", pk=pk)
    is_whole = "whole" in request.POST
    card = cards.of(own.get(pk=pk), request.user, is_whole=is_whole)
    context = {"card": card, "is_done": True}
    return render(request, "generation/_cancelled.html", context)

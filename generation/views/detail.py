from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest
from generation.models import Generation, ProviderTask
from generation.presenters import card_rows, cards, request_facts
from generation.presenters.drawn_parameters import can_be_recalled
from spend.models import Transfer


@require_GET
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Generation.objects.visible_to(request.user).select_related(
        "team", "requested_by", "account__health", "submit_recovery__closed_by"
    )
    generation = get_object_or_404(rows, pk=pk)
    card_rows.load([generation], request.user, with_answers=True)
    card = cards.Card(generation, request.user, is_whole=True)
    context: dict[str, Any] = {
        "card": card,
        "poll_cursor": cards.poll_cursor([card]),
        "is_whole": True,
        "parameters": request_facts.parameters(generation, request.user),
        "can_be_recalled": can_be_recalled(generation),
    }
    membership = request.membership
    if membership.can_administer and membership.team == generation.team:
        context |= _technical_context(request, generation)
    return render(request, "generation/detail.html", context)


def _technical_context(
    request: MemberRequest, generation: Generation
) -> dict[str, Any]:
    """For admins of its team: keys, answers, transfers, and overdue tasks to close."""
    tasks = sorted(generation.tasks.all(), key=lambda task: task.position)
    transfers = Transfer.objects.visible_to(request.user).filter(
        generation=generation.pk
    )
    return {
        "is_technical": True,
        "tasks": tasks,
        "accelerations": generation.accelerations.select_related("asked_by"),
        "overdue": [t for t in tasks if t.status == ProviderTask.Status.OVERDUE],
        "transfers": transfers.order_by("created_at", "pk"),
    }

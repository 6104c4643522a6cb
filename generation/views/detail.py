from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest
from generation.models import Generation, ProviderTask
from generation.presenters import cards, request_facts
from generation.presenters.drawn_parameters import can_be_recalled
from spend.models import Transfer


@require_GET
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    rows = Generation.objects.visible_to(request.user).select_related(
        "team", "submit_recovery__closed_by"
    )
    generation = get_object_or_404(cards.with_cards(rows, is_whole=True), pk=pk)
    card = cards.Card(generation, request.user, is_whole=True)
    transfers = Transfer.objects.visible_to(request.user).filter(generation=pk)
    context = {
        "card": card,
        "poll_cursor": cards.poll_cursor([card]),
        "is_whole": True,
        "parameters": request_facts.parameters(generation, request.user),
        "can_be_recalled": can_be_recalled(generation),
        "tasks": sorted(generation.tasks.all(), key=lambda task: task.position),
        "accelerations": generation.accelerations.select_related("asked_by"),
        "overdue": _closable_tasks(request, generation),
        "transfers": transfers.order_by("created_at", "pk"),
    }
    return render(request, "generation/detail.html", context)


def _closable_tasks(
    request: MemberRequest, generation: Generation
) -> list[ProviderTask]:
    """Overdue tasks, for admins of the generation's team."""
    membership = request.membership
    if not membership.can_administer or membership.team != generation.team:
        return []
    overdue = ProviderTask.Status.OVERDUE
    return [task for task in generation.tasks.all() if task.status == overdue]

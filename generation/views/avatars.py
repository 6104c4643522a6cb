from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest
from gateways.providers.errors import ProviderError
from generation import avatars as domain
from generation.operations import TRAININGS
from generation.presenters.queue_position import pinned_wait_reason


@require_GET
def avatars(request: MemberRequest) -> HttpResponse:
    found = domain.of(request.user, TRAININGS)[:100]
    avatars = [(task, pinned_wait_reason(task.account)) for task in found]
    context = {"avatars": avatars, "training": TRAININGS[0]}
    return render(request, "generation/avatars.html", context)


@require_POST
def delete_avatar(request: MemberRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(domain.of(request.user, TRAININGS), pk=pk)
    try:
        domain.delete(task, by=request.user)
        messages.success(request, _("The avatar is deleted."))
    except (ProviderError, LookupError):
        messages.warning(request, _("The gateway did not delete it. Try again later."))
    return redirect("generation:avatars")

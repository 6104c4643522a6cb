"""Parameters that the gateway used; asked anew, never stored."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from gateways import gateway_messages
from gateways.clients import client_of
from gateways.providers.errors import ProviderError
from gateways.providers.protocols import Recaller
from generation.models import Generation
from generation.presenters.drawn_parameters import (
    can_be_recalled,
    drawn_pictures,
    parameter_rows,
)
from net.request_values import number


@require_GET
@never_cache
@vary_on_headers("HX-Request")
def parameters(request: MemberRequest, pk: int) -> HttpResponse:
    """``after``: last position on the page before."""
    rows = Generation.objects.visible_to(request.user).select_related("account")
    generation = get_object_or_404(rows, pk=pk)
    if not can_be_recalled(generation):
        raise Http404
    provider = client_of(generation.account)
    assert isinstance(provider, Recaller)
    most = provider.most_recalled
    found = generation.tasks.filter(position__gt=_after(request)).order_by("position")
    tasks = list(found[: most + 1])
    context: dict[str, Any] = {"generation": generation}
    if tasks[most:]:
        context["after"] = tasks[most - 1].position
    try:
        drawn = provider.recall([task.key for task in tasks[:most]]) if tasks else {}
    except ProviderError as error:
        told = gateway_messages.explain(provider.name, error.code, error.message)
        context["refused"] = told
        drawn = {}
    pictures = drawn_pictures(generation, tasks[:most], drawn)
    context |= {"pictures": pictures, "rows": parameter_rows(generation, pictures)}
    name = "_parameters" if request.htmx else "parameters"
    return render(request, f"generation/{name}.html", context)


def _after(request: MemberRequest) -> int:
    after = number(request.GET.get("after", ""))
    return -1 if after is None else after

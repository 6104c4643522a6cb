"""The gateways as admins see them: do they answer, what is left, what is under way."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, admins_only
from accounts.models import Team
from generation.models import GatewayAccount, Generation, Lease, ProviderTask

#: Counting stops here: "1 000+".
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Gateway:
    """``account`` is None until the cluster has spoken to it for the first time;
    ``uncertain`` are those of the team alone, for its admins decide on them."""

    provider: str
    host: str
    account: GatewayAccount | None
    queued: int
    under_way: int
    uncertain: int


@require_GET
@never_cache
@admins_only
def gateways(request: MemberRequest) -> HttpResponse:
    pump = Lease.objects.filter(name="pump").first()
    shown = list(_gateways(request.membership.team))
    context = {"gateways": shown, "pump": pump, "most": MOST_COUNTED}
    return render(request, "generation/gateways.html", context)


def _gateways(team: Team) -> Iterator[Gateway]:
    rows = {(row.provider, row.app_id): row for row in GatewayAccount.objects.all()}
    for provider, options in settings.GATEWAYS.items():
        account = rows.get((provider, options["app_id"]))
        generations = Generation.objects.filter(account=account)
        open_tasks = ProviderTask.objects.filter(
            account=account, status__in=ProviderTask.OPEN
        )
        queued = generations.filter(status=Generation.Status.QUEUED)
        uncertain = generations.in_team(team).uncertain()
        yield Gateway(
            provider=provider,
            host=urlsplit(options["base_url"]).netloc,
            account=account,
            queued=queued[: MOST_COUNTED + 1].count(),
            under_way=open_tasks[: MOST_COUNTED + 1].count(),
            uncertain=uncertain[: MOST_COUNTED + 1].count(),
        )

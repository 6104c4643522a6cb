"""Probes: ``/readyz`` (ready), ``/metrics``. ``/healthz``: `wjportal.server.bridge`."""

import datetime
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from gateways import catalogue
from gateways.models import GatewayAccount
from generation import lifecycle
from generation.models import Artwork, Generation, Lease, ProviderTask

#: The pump renews every second; the supervisor restarts it after 12.
PUMP_SILENT_AFTER = datetime.timedelta(seconds=15)
#: A due generation unclaimed for this long makes the portal unready.
QUEUE_STALE_AFTER = datetime.timedelta(seconds=60)
NO_PRODUCER = "WJPORTAL_LABEL_PRODUCER is not set: files carry no TC260 label."


@login_not_required
@require_GET
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    try:
        state = {"database": True, "pump": _pump_beats(), "queue": _queue_moves()}
    except DatabaseError:
        state = {"database": False, "pump": False, "queue": False}
    status = 200 if all(state.values()) else 503
    missing = {} if settings.LABEL_PRODUCER else {"detail": {"labels": NO_PRODUCER}}
    return JsonResponse({**state, **missing}, status=status)


def _pump_beats() -> bool:
    since = timezone.now() - PUMP_SILENT_AFTER
    return Lease.objects.filter(name="pump", renewed_at__gt=since).exists()


def _queue_moves() -> bool:
    """False: an account is free, yet no due generation was sent for too long.

    Without a free account of its provider a generation may wait. A long queue moves
    while tasks are made.
    """
    now = timezone.now()
    free = [
        provider
        for provider in settings.GATEWAY_PROVIDERS
        if any(_has_room(row, now) for row in catalogue.accounts(provider).values())
    ]
    due = Generation.objects.due(now).filter(catalogue.configured())
    oldest = due.filter(provider__in=free).aggregate(at=Min("send_after"))["at"]
    if oldest is None or now - oldest < QUEUE_STALE_AFTER:
        return True
    latest = ProviderTask.objects.order_by("-pk").values_list("created_at").first()
    return latest is not None and now - latest[0] < QUEUE_STALE_AFTER


def _has_room(account: GatewayAccount, now: datetime.datetime) -> bool:
    most = account.most_open
    is_full = most is not None and lifecycle.open_pictures(account) >= most
    return account.is_free(now) and not is_full


@login_not_required
@require_GET
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for a collector with the token or an owner; else 404.

    An address proves nothing: behind a proxy on this machine everybody has a local one.
    """
    if not _has_token(request) and not getattr(request.user, "is_owner", False):
        raise Http404
    lines = "\n".join(_lines()) + "\n"
    return HttpResponse(lines, content_type="text/plain; version=0.0.4; charset=utf-8")


def metrics_token() -> str:
    """Changes with the secret key."""
    return salted_hmac(
        "wjportal.health.metrics", "token", algorithm="sha256"
    ).hexdigest()


def _has_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    return constant_time_compare(given, f"Bearer {metrics_token()}")


def _lines() -> Iterator[str]:
    """From partial indexes: no count over a table that only grows."""
    moving = Generation.objects.filter(status__in=Generation.MOVING).order_by()
    yield "# TYPE wjportal_generations_moving gauge"
    for row in moving.values("status").annotate(rows=Count("pk")):
        name = f'wjportal_generations_moving{{status="{row["status"]}"}}'
        yield f"{name} {row['rows']}"
    yield "# TYPE wjportal_tasks_asked gauge"
    asked = ProviderTask.objects.filter(poll_after__isnull=False)
    yield f"wjportal_tasks_asked {asked.count()}"
    yield "# TYPE wjportal_artworks_unstored gauge"
    unstored = Artwork.objects.filter(fetch_after__isnull=False)
    yield f"wjportal_artworks_unstored {unstored.count()}"
    yield "# TYPE wjportal_artworks_held gauge"
    yield f"wjportal_artworks_held {Artwork.objects.held().count()}"
    lease = Lease.objects.filter(name="pump").first()
    age = (timezone.now() - lease.renewed_at).total_seconds() if lease else -1
    yield "# TYPE wjportal_pump_age_seconds gauge"
    yield f"wjportal_pump_age_seconds {age:.1f}"
    yield "# TYPE wjportal_sandbox gauge"
    yield f"wjportal_sandbox {int(settings.SANDBOX)}"

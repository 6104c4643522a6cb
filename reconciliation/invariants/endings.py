"""Each generation ends once, with its tasks and artworks."""

import datetime
from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from gateways import catalogue
from gateways.models import AccountHealth
from gateways.providers.faults import Fault
from generation.lifecycle import sweeping
from generation.models import Artwork, Generation, ProviderTask, SubmitRecovery

Status = Generation.Status
#: Age of a due, unclaimed row.
FORGOTTEN_AFTER = datetime.timedelta(minutes=30)


def forgotten_generations() -> Iterator[str]:
    """Queued: claimed in time; submitting: answered in time.

    A queued one may wait ``sweeping.GIVE_UP_WAITING_AFTER`` while its provider takes
    others (a long queue), or its account is paused, quiet or has weight 0.
    """
    now = timezone.now()
    since = now - FORGOTTEN_AFTER
    taken = Generation.objects.filter(submitting_at__gte=since).values("provider")
    is_active = Q(account__health__sending=AccountHealth.Sending.ACTIVE)
    held_back = ~is_active | Q(account__weight=0)
    waiting = Q(status=Status.QUEUED, send_after__lt=since) & ~(
        Q(provider__in=taken) | held_back | Q(account__health__quiet_until__gt=now)
    )
    sending = Q(status=Status.SUBMITTING, submitting_at__lt=since)
    for generation in Generation.objects.filter(waiting | sending):
        yield f"generation {generation.pk} is {generation.status}, and nobody took it"
    before = since - sweeping.GIVE_UP_WAITING_AFTER
    for generation in Generation.objects.waiting_since(before):
        yield f"generation {generation.pk} waits here for more than a day"


def forgotten_recoveries() -> Iterator[str]:
    """Uncertain: has an open recovery; closed: names its closer."""
    uncertain = Generation.objects.filter(status=Status.UNCERTAIN)
    closed = Generation.objects.filter(
        failure_code__in=(Fault.CLOSED_PAID, Fault.CLOSED_UNPAID)
    )
    reachable = SubmitRecovery.objects.filter(catalogue.configured(of="generation__"))
    waits = reachable.filter(look_after__lt=timezone.now() - FORGOTTEN_AFTER)
    for what, rows in (
        (
            "is uncertain, and there is no recovery",
            uncertain.filter(submit_recovery=None),
        ),
        (
            "is uncertain, and nobody looks after it",
            uncertain.filter(submit_recovery__in=waits),
        ),
        ("is uncertain and closed", uncertain.exclude(submit_recovery__closed_by=None)),
        ("was closed by nobody", closed.filter(submit_recovery__closed_by=None)),
        ("was closed and did not fail", closed.exclude(status=Status.FAILED)),
    ):
        for generation in rows:
            yield f"generation {generation.pk} {what}"


def unended_generations() -> Iterator[str]:
    """Running: has an open task; ended: has none, and a time."""
    tasks = ProviderTask.objects.filter(generation=OuterRef("pk"))
    has_open = Exists(tasks.filter(status__in=ProviderTask.OPEN))
    drew = Exists(tasks.filter(status=ProviderTask.Status.SUCCEEDED))
    ended = Generation.objects.filter(status__in=Generation.TERMINAL)
    unsent = Generation.objects.filter(status__in=(*Generation.UNSENT, Status.REFUSED))
    running = Generation.objects.filter(status=Status.RUNNING)
    for what, rows in (
        ("runs with no open task", running.filter(~has_open)),
        ("ended with an open task", ended.filter(has_open)),
        ("ended and does not say when", ended.filter(finished_at=None)),
        ("is done without a success", ended.filter(~drew, status=Status.DONE)),
        ("succeeded and is not done", ended.filter(drew).exclude(status=Status.DONE)),
        ("was never sent and has tasks", unsent.filter(Exists(tasks))),
    ):
        for generation in rows:
            yield f"generation {generation.pk} {what}"


def forgotten_tasks() -> Iterator[str]:
    """An open or unbooked task has a next poll; a due poll is made."""
    unfinished = Q(status__in=ProviderTask.OPEN) | Q(is_booked=False)
    never = Q(poll_after=None) | Q(poll_after__gt=timezone.now() + FORGOTTEN_AFTER)
    for task in ProviderTask.objects.filter(unfinished, never):
        yield f"provider task {task.pk} ({task.status}) is asked after by nobody"
    since = timezone.now() - FORGOTTEN_AFTER
    reachable = ProviderTask.objects.filter(catalogue.configured())
    for task in reachable.filter(unfinished, poll_after__lt=since):
        yield f"provider task {task.pk} ({task.status}) is due, and nobody asks"


def forgotten_artworks() -> Iterator[str]:
    """An artwork is stored, lost or has a next fetch; a success has artworks."""
    artworks = Artwork.objects.at_risk()
    for artwork in artworks.filter(fetch_after=None, lost_at=None):
        yield f"artwork {artwork.pk} is not stored, and nobody fetches it"
    since = timezone.now() - FORGOTTEN_AFTER
    for artwork in Artwork.objects.filter(stored_at=None, fetch_after__lt=since):
        yield f"artwork {artwork.pk} is due to be fetched, and nobody does"
    for artwork in Artwork.objects.filter(stored_at__isnull=False).filter(
        Q(fetch_after__isnull=False) | Q(lost_at__isnull=False)
    ):
        yield f"artwork {artwork.pk} is stored, and still fetched or lost"
    has_pictures = Exists(Artwork.objects.filter(task=OuterRef("pk")))
    drawn = ProviderTask.objects.filter(status=ProviderTask.Status.SUCCEEDED)
    for task in drawn.filter(~has_pictures, generation__pictures__gt=0):
        yield f"provider task {task.pk} succeeded, and has no artwork"


def wrong_closings() -> Iterator[str]:
    """Closed by a person: ended, booked, names its closer."""
    closed = ProviderTask.objects.filter(
        failure_code__in=(Fault.OVERDUE_PAID, Fault.OVERDUE_UNPAID)
    )
    for what, rows in (
        ("was closed by nobody", closed.filter(closed_by=None)),
        ("was closed and is open", closed.filter(status__in=ProviderTask.OPEN)),
        ("was closed and is not booked", closed.filter(is_booked=False)),
    ):
        for task in rows:
            yield f"provider task {task.pk} {what}"


def misplaced_artworks() -> Iterator[str]:
    """An artwork has its task's generation, and its team and author."""
    misplaced = Artwork.objects.exclude(
        generation=F("task__generation"),
        team=F("generation__team"),
        requested_by=F("generation__requested_by"),
    )
    for artwork in misplaced:
        yield f"artwork {artwork.pk} is not its generation's"

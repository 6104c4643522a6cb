"""Whether generations, provider tasks and transfers agree. Only reads.

Every function yields one sentence for each broken row. They look at rows that nothing
may be moving through just now, so they hold on a portal that is at work, too.
"""

import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import (
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from generation.models import Artwork, Generation, Inquiry, ProviderTask
from generation.providers.faults import Fault
from spend import books as ledger_books
from spend.models import Transfer

Kind = Transfer.Kind
Status = Generation.Status
#: A row that is due, and that nobody claimed for so long, was forgotten.
FORGOTTEN_AFTER = datetime.timedelta(minutes=30)


def broken() -> Iterator[str]:
    yield from ledger_books.broken()
    yield from forgotten_generations()
    yield from forgotten_inquiries()
    yield from unended_generations()
    yield from forgotten_tasks()
    yield from forgotten_artworks()
    yield from wrong_reservations()
    yield from wrong_write_offs()
    yield from wrong_shares()
    yield from wrong_settlements()
    yield from stray_artworks()


# --- Every generation ends, once


def forgotten_generations() -> Iterator[str]:
    since = timezone.now() - FORGOTTEN_AFTER
    waiting = Q(status=Status.QUEUED, send_after__lt=since)
    sending = Q(status=Status.SUBMITTING, submitting_at__lt=since)
    for generation in Generation.objects.filter(waiting | sending):
        yield f"generation {generation.pk} is {generation.status}, and nobody took it"


def forgotten_inquiries() -> Iterator[str]:
    """What is uncertain is looked for, or told to a person; closed, it says by whom."""
    uncertain = Generation.objects.filter(status=Status.UNCERTAIN)
    closed = Generation.objects.filter(
        failure_code__in=(Fault.CLOSED_PAID, Fault.CLOSED_UNPAID)
    )
    waits = Inquiry.objects.filter(look_after__lt=timezone.now() - FORGOTTEN_AFTER)
    for what, rows in (
        ("is uncertain, and there is no inquiry", uncertain.filter(inquiry=None)),
        (
            "is uncertain, and nobody looks after it",
            uncertain.filter(inquiry__in=waits),
        ),
        ("is uncertain and closed", uncertain.exclude(inquiry__closed_by=None)),
        ("was closed by nobody", closed.filter(inquiry__closed_by=None)),
        ("was closed and did not fail", closed.exclude(status=Status.FAILED)),
    ):
        for generation in rows:
            yield f"generation {generation.pk} {what}"


def unended_generations() -> Iterator[str]:
    """Running means: something is open. Ended means: nothing is, and it says when."""
    tasks = ProviderTask.objects.filter(generation=OuterRef("pk"))
    has_open = Exists(tasks.filter(status__in=ProviderTask.OPEN))
    drew = Exists(tasks.filter(status=ProviderTask.Status.SUCCEEDED))
    ended = Generation.objects.filter(status__in=Generation.TERMINAL)
    unsent = Generation.objects.filter(status__in=(Status.QUEUED, Status.REFUSED))
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
    """What is open, or not paid for, is asked after again."""
    unfinished = Q(status__in=ProviderTask.OPEN) | Q(is_booked=False)
    for task in ProviderTask.objects.filter(unfinished, poll_after=None):
        yield f"provider task {task.pk} ({task.status}) is asked after by nobody"


def forgotten_artworks() -> Iterator[str]:
    for artwork in Artwork.objects.filter(stored_at=None, fetch_after=None):
        yield f"artwork {artwork.pk} is not stored, and nobody fetches it"
    has_pictures = Exists(Artwork.objects.filter(task=OuterRef("pk")))
    drawn = ProviderTask.objects.filter(status=ProviderTask.Status.SUCCEEDED)
    for task in drawn.filter(~has_pictures):
        yield f"provider task {task.pk} succeeded, and has no artwork"


# --- Every integral is accounted for, once


def _moved(reference: Any, *kinds: str) -> Any:
    """The sum of the transfers of these kinds under a reference."""
    rows: QuerySet[Transfer, Any] = Transfer.objects.filter(
        reference=reference, kind__in=kinds
    )
    total = (
        rows.order_by().values("reference").annotate(all=Sum("amount")).values("all")
    )
    return Coalesce(Subquery(total), 0)


def _reference(of: str) -> Any:
    return Concat(Value(f"{of}:"), Cast(OuterRef("pk"), CharField()))


def wrong_reservations() -> Iterator[str]:
    """What a generation set aside, less what it gave back, is what its row says;
    one that ended before the gateway took it, or was closed by a person, has given
    back or written off everything, as its row says."""
    reference = _reference("generation")
    adjusted = Concat(reference, Value(":adjusted"))
    rows = Generation.objects.annotate(
        kept=_moved(reference, Kind.RESERVE, Kind.RESERVE_MORE)
        - _moved(reference, Kind.RELEASE, Kind.WRITE_OFF)
        - _moved(adjusted, Kind.RELEASE),
    )
    has_tasks = Exists(ProviderTask.objects.filter(generation=OuterRef("pk")))
    untaken = Q(status__in=Generation.TERMINAL) & ~has_tasks
    for row in rows.filter(untaken).exclude(kept=0).values("pk", "kept"):
        yield "generation {pk} ended and still reserves {kept}".format(**row)
    wrong = rows.exclude(untaken).exclude(kept=F("reserved"))
    for row in wrong.values("pk", "reserved", "kept"):
        yield (
            "generation {pk} says it reserves {reserved}, its transfers say {kept}"
        ).format(**row)


def wrong_write_offs() -> Iterator[str]:
    """What a person closed as paid is written off, whole; nothing else is."""
    lost = _moved(_reference("generation"), Kind.WRITE_OFF)
    rows = Generation.objects.annotate(lost=lost)
    paid = Q(failure_code=Fault.CLOSED_PAID)
    wrong = (paid & ~Q(lost=F("reserved"))) | (~paid & ~Q(lost=0))
    for row in rows.filter(wrong).values("pk", "reserved", "lost"):
        yield "generation {pk} reserved {reserved} and wrote off {lost}".format(**row)


def wrong_shares() -> Iterator[str]:
    """The shares of the tasks add up to the reservation."""
    rows = (
        Generation.objects.filter(tasks__isnull=False)
        .annotate(shares=Sum("tasks__reserved", output_field=IntegerField()))
        .exclude(shares=F("reserved"))
    )
    for row in rows.values("pk", "reserved", "shares"):
        yield "generation {pk} reserves {reserved}, its tasks {shares}".format(**row)


def wrong_settlements() -> Iterator[str]:
    """A booked task: its share is settled or released, its cost is what was spent.
    A task that is not booked has moved nothing."""
    reference = _reference("task")
    rows = ProviderTask.objects.annotate(
        covered=_moved(reference, Kind.SETTLE),
        above=_moved(reference, Kind.SETTLE_MORE),
        freed=_moved(reference, Kind.RELEASE),
        refunded=_moved(reference, Kind.REFUND),
    )
    share = F("covered") + F("freed")
    spent = F("covered") + F("above") - F("refunded")
    wrong = Q(is_booked=True) & (~Q(reserved=share) | ~Q(cost=spent))
    early = Q(is_booked=False) & ~Q(covered=0, above=0, freed=0, refunded=0)
    columns = ("pk", "reserved", "cost", "covered", "above", "freed", "refunded")
    for row in rows.filter(wrong | early).values(*columns):
        yield (
            "provider task {pk} reserves {reserved} and cost {cost}; settled {covered}"
            " + {above}, released {freed}, refunded {refunded}"
        ).format(**row)


def stray_artworks() -> Iterator[str]:
    """An artwork belongs to the generation of its task, and to its team and author."""
    strays = Artwork.objects.exclude(
        generation=F("task__generation"),
        team=F("generation__team"),
        requested_by=F("generation__requested_by"),
    )
    for artwork in strays:
        yield f"artwork {artwork.pk} is not its generation's"

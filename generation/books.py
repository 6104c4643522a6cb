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
    Subquery,
    Sum,
    Value,
)
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from generation import catalogue, provenance
from generation.lifecycle import sweeping
from generation.models import (
    Acceleration,
    Artwork,
    Difference,
    DifferenceStep,
    GatewayAccount,
    Generation,
    Inquiry,
    ProviderTask,
)
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
    yield from wrong_closings()
    yield from wrong_reservations()
    yield from wrong_accelerations()
    yield from wrong_write_offs()
    yield from wrong_shares()
    yield from wrong_settlements()
    yield from stray_artworks()
    yield from wrong_differences()
    yield from provenance.broken()


# --- Every generation ends, once


def forgotten_generations() -> Iterator[str]:
    now = timezone.now()
    since = now - FORGOTTEN_AFTER
    # A queue may be long, or its account held back: then it waits, for a day at most.
    taken = Generation.objects.filter(submitting_at__gte=since).values("provider")
    held_back = ~Q(account__sending=GatewayAccount.Sending.ACTIVE) | Q(
        account__weight=0
    )
    waiting = Q(status=Status.QUEUED, send_after__lt=since) & ~(
        Q(provider__in=taken) | held_back | Q(account__quiet_until__gt=now)
    )
    sending = Q(status=Status.SUBMITTING, submitting_at__lt=since)
    for generation in Generation.objects.filter(waiting | sending):
        yield f"generation {generation.pk} is {generation.status}, and nobody took it"
    before = since - sweeping.GIVE_UP_WAITING_AFTER
    for generation in Generation.objects.waiting_since(before):
        yield f"generation {generation.pk} waits here for more than a day"


def forgotten_inquiries() -> Iterator[str]:
    """What is uncertain is looked for, or told to a person; closed, it says by whom."""
    uncertain = Generation.objects.filter(status=Status.UNCERTAIN)
    closed = Generation.objects.filter(
        failure_code__in=(Fault.CLOSED_PAID, Fault.CLOSED_UNPAID)
    )
    reachable = Inquiry.objects.filter(catalogue.configured(of="generation__"))
    waits = reachable.filter(look_after__lt=timezone.now() - FORGOTTEN_AFTER)
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
    """What is open, or not paid for, is asked after again; and when it is due."""
    unfinished = Q(status__in=ProviderTask.OPEN) | Q(is_booked=False)
    never = Q(poll_after=None) | Q(poll_after__gt=timezone.now() + FORGOTTEN_AFTER)
    for task in ProviderTask.objects.filter(unfinished, never):
        yield f"provider task {task.pk} ({task.status}) is asked after by nobody"
    since = timezone.now() - FORGOTTEN_AFTER
    reachable = ProviderTask.objects.filter(catalogue.configured())
    for task in reachable.filter(unfinished, poll_after__lt=since):
        yield f"provider task {task.pk} ({task.status}) is due, and nobody asks"


def forgotten_artworks() -> Iterator[str]:
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
    """What a person closed has ended, and says who closed it."""
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


# --- Every integral is accounted for, once


def _moved(reference: Any, *kinds: str) -> Any:
    """The sum of the transfers of these kinds under a reference."""
    rows = Transfer.objects.filter(reference=reference, kind__in=kinds).order_by()
    total = rows.values("reference").annotate(all=Sum("amount")).values("all")
    return Coalesce(Subquery(total), 0)


def _added(column: str) -> Any:
    """The sum of a column of a generation's accelerations."""
    rows = Acceleration.objects.filter(generation=OuterRef("pk")).order_by()
    total = rows.values("generation").annotate(all=Sum(column)).values("all")
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
        - _moved(adjusted, Kind.RELEASE)
        + _added("price")
        - _added("released"),
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


def wrong_accelerations() -> Iterator[str]:
    """Each has set its price aside, once; only a refused one gave (some of) it back,
    as its row says. None is awaited for ever."""
    reference = Concat(
        Value("acceleration:"),
        Cast(OuterRef("generation"), CharField()),
        Value(":"),
        Cast(OuterRef("number"), CharField()),
    )
    rows = Acceleration.objects.annotate(
        taken=_moved(reference, Kind.RESERVE_MORE),
        freed=_moved(reference, Kind.RELEASE),
    )
    untrue = ~Q(taken=F("price")) | ~Q(freed=F("released"))
    early = Q(released__gt=0) & ~Q(status=Acceleration.Status.REFUSED)
    wrong = untrue | early | Q(released__gt=F("price"))
    columns = ("generation", "number", "price", "released", "taken", "freed")
    for row in rows.filter(wrong).values(*columns):
        yield (
            "acceleration {number} of generation {generation} costs {price} and gave"
            " back {released}; its transfers say {taken} and {freed}"
        ).format(**row)
    since = timezone.now() - FORGOTTEN_AFTER
    asked = Acceleration.objects.filter(status=Acceleration.Status.ASKED)
    for acceleration in asked.filter(asked_at__lt=since):
        yield f"{acceleration} is asked for, and nobody says what became of it"


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
    """A booked task: its share is settled, released or written off, and its cost is
    what was spent, with every correction and closed difference since. A task that is
    not booked has moved nothing. Written off is what a person closed as paid, until it
    was found again."""
    reference = _reference("task")
    rows = ProviderTask.objects.annotate(
        covered=_moved(reference, Kind.SETTLE),
        above=_moved(reference, Kind.SETTLE_MORE),
        freed=_moved(reference, Kind.RELEASE),
        refunded=_moved(reference, Kind.REFUND),
        lost=_moved(reference, Kind.WRITE_OFF),
        found=_moved(reference, Kind.RECOVER),
        corrected=_corrected(Kind.SETTLE_MORE) - _corrected(Kind.REFUND),
        closed=_closed(Kind.SETTLE_MORE) - _closed(Kind.REFUND),
    )
    share = F("covered") + F("freed") + F("lost")
    spent = F("covered") + F("above") - F("refunded") + F("corrected") + F("closed")
    wrong = Q(is_booked=True) & (~Q(reserved=share) | ~Q(cost=spent))
    moved = (
        *("covered", "above", "freed", "refunded", "lost", "found"),
        *("corrected", "closed"),
    )
    early = Q(is_booked=False) & ~Q(**dict.fromkeys(moved, 0))
    paid = Q(failure_code=Fault.OVERDUE_PAID)
    lost = (paid & ~Q(lost=F("reserved"), found=0)) | (~paid & ~Q(lost=F("found")))
    for row in rows.filter(wrong | early | lost).values(
        "pk", "reserved", "cost", *moved
    ):
        yield (
            "provider task {pk} reserves {reserved} and cost {cost}; settled {covered}"
            " + {above}, released {freed}, refunded {refunded}, wrote off {lost} and"
            " found {found}, corrected by {corrected}, and differences by {closed}"
        ).format(**row)


def wrong_differences() -> Iterator[str]:
    """One closed by a movement has that movement, and no other one has any."""
    steps = DifferenceStep.objects.filter(difference=OuterRef("pk"), action="transfer")
    reference = Concat(Value("difference:"), Cast(OuterRef("pk"), CharField()))
    rows = Difference.objects.annotate(
        is_booked=Exists(steps),
        has_moved=Exists(Transfer.objects.filter(reference=reference)),
    )
    closed = Difference.Status.CLOSED
    for what, wrong in (
        ("was closed by a movement that is not there", Q(has_moved=False)),
        ("was closed by a movement and is open", ~Q(status=closed)),
    ):
        for row in rows.filter(wrong, is_booked=True):
            yield f"difference {row.pk} {what}"
    for row in rows.filter(is_booked=False, has_moved=True):
        yield f"difference {row.pk} has a movement that nobody made"
    stepless = rows.filter(status=closed, steps=None)
    for row in stepless:
        yield f"difference {row.pk} was closed, and nothing says how"


def _corrected(kind: str) -> Any:
    """The sum of a task's later corrections: each has a reference of its own."""
    own = Concat(Value("task:"), Cast(OuterRef("pk"), CharField()), Value(":"))
    rows = Transfer.objects.filter(
        generation=OuterRef("generation_id"), kind=kind, reference__startswith=own
    )
    total = (
        rows.order_by().values("generation").annotate(all=Sum("amount")).values("all")
    )
    return Coalesce(Subquery(total), 0)


def _closed(kind: str) -> Any:
    """The sum of the movements that closed a task's differences."""
    about = Difference.objects.filter(task=OuterRef(OuterRef("pk")))
    own = Concat(Value("difference:"), Cast("pk", CharField()))
    rows = Transfer.objects.filter(
        generation=OuterRef("generation_id"),
        kind=kind,
        reference__in=about.annotate(own=own).values("own"),
    )
    total = (
        rows.order_by().values("generation").annotate(all=Sum("amount")).values("all")
    )
    return Coalesce(Subquery(total), 0)


def stray_artworks() -> Iterator[str]:
    """An artwork belongs to the generation of its task, and to its team and author."""
    strays = Artwork.objects.exclude(
        generation=F("task__generation"),
        team=F("generation__team"),
        requested_by=F("generation__requested_by"),
    )
    for artwork in strays:
        yield f"artwork {artwork.pk} is not its generation's"

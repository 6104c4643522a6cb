"""Each integral counts once: rows agree with their transfers."""

from collections.abc import Iterator
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from gateways.providers.faults import Fault
from generation.models import Acceleration, Generation, ProviderTask
from reconciliation.invariants.endings import FORGOTTEN_AFTER
from reconciliation.models import Difference, DifferenceStep
from spend.models import Transfer

Kind = Transfer.Kind
RESERVING = (Kind.RESERVE, Kind.RESERVE_MORE)
CONSUMING = (Kind.SETTLE, Kind.RELEASE, Kind.WRITE_OFF)


def _transferred(reference: Any, *kinds: str) -> Any:
    rows = Transfer.objects.filter(reference=reference, kind__in=kinds).order_by()
    total = rows.values("reference").annotate(all=Sum("amount")).values("all")
    return Coalesce(Subquery(total), 0)


def _acceleration_sum(column: str) -> Any:
    rows = Acceleration.objects.filter(generation=OuterRef("pk")).order_by()
    total = rows.values("generation").annotate(all=Sum(column)).values("all")
    return Coalesce(Subquery(total), 0)


def _reference(of: str) -> Any:
    return Concat(Value(f"{of}:"), Cast(OuterRef("pk"), CharField()))


def wrong_reservations() -> Iterator[str]:
    """``reserved`` equals its transfers: reserved less released and written off.

    A generation that ended without tasks reserves nothing.
    """
    reference = _reference("generation")
    adjusted = Concat(reference, Value(":adjusted"))
    rows = Generation.objects.annotate(
        kept=_transferred(reference, Kind.RESERVE, Kind.RESERVE_MORE)
        - _transferred(reference, Kind.RELEASE, Kind.WRITE_OFF)
        - _transferred(adjusted, Kind.RELEASE)
        + _acceleration_sum("price")
        - _acceleration_sum("released"),
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
    """An acceleration reserved its price once; only a refused one released any.

    None waits for its answer beyond ``FORGOTTEN_AFTER``.
    """
    reference = Concat(
        Value("acceleration:"),
        Cast(OuterRef("generation"), CharField()),
        Value(":"),
        Cast(OuterRef("number"), CharField()),
    )
    rows = Acceleration.objects.annotate(
        taken=_transferred(reference, Kind.RESERVE_MORE),
        freed=_transferred(reference, Kind.RELEASE),
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
    """Closed as paid: written off in full; any other: not at all."""
    lost = _transferred(_reference("generation"), Kind.WRITE_OFF)
    rows = Generation.objects.annotate(lost=lost)
    paid = Q(failure_code=Fault.CLOSED_PAID)
    wrong = (paid & ~Q(lost=F("reserved"))) | (~paid & ~Q(lost=0))
    for row in rows.filter(wrong).values("pk", "reserved", "lost"):
        yield "generation {pk} reserved {reserved} and wrote off {lost}".format(**row)


def wrong_shares() -> Iterator[str]:
    """The tasks' shares add up to the reservation."""
    rows = (
        Generation.objects.filter(tasks__isnull=False)
        .annotate(shares=Sum("tasks__reserved", output_field=IntegerField()))
        .exclude(shares=F("reserved"))
    )
    for row in rows.values("pk", "reserved", "shares"):
        yield "generation {pk} reserves {reserved}, its tasks {shares}".format(**row)


def wrong_settlements() -> Iterator[str]:
    """A booked task agrees with its transfers; an unbooked one has none.

    Share: settled, released or written off. Cost: settled less refunded, with
    corrections and closed differences. A task closed as paid stays written off until
    found.
    """
    reference = _reference("task")
    rows = ProviderTask.objects.annotate(
        covered=_transferred(reference, Kind.SETTLE),
        above=_transferred(reference, Kind.SETTLE_MORE),
        freed=_transferred(reference, Kind.RELEASE),
        refunded=_transferred(reference, Kind.REFUND),
        lost=_transferred(reference, Kind.WRITE_OFF),
        found=_transferred(reference, Kind.RECOVER),
        corrected=_correction_sum(Kind.SETTLE_MORE) - _correction_sum(Kind.REFUND),
        closed=_closing_sum(Kind.SETTLE_MORE) - _closing_sum(Kind.REFUND),
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


def wrong_remainders() -> Iterator[str]:
    """The remaining reservation is that of unbooked tasks.

    Sums whatever the reference, so a second settlement, release or write-off under
    another one shows.
    """
    signed = Case(
        When(kind__in=RESERVING, then=F("amount")),
        When(kind__in=CONSUMING, then=-F("amount")),
        default=0,
        output_field=BigIntegerField(),
    )
    moved = Transfer.objects.filter(generation=OuterRef("pk")).order_by()
    kept = moved.values("generation").annotate(all=Sum(signed)).values("all")
    tasks = ProviderTask.objects.filter(generation=OuterRef("pk")).order_by()
    unbooked = tasks.filter(is_booked=False).values("generation")
    under_way = Case(
        When(
            Exists(tasks),
            then=Coalesce(
                Subquery(unbooked.annotate(all=Sum("reserved")).values("all")), 0
            ),
        ),
        When(status__in=Generation.TERMINAL, then=0),
        default=F("reserved"),
        output_field=BigIntegerField(),
    )
    rows = Generation.objects.annotate(
        kept=Coalesce(Subquery(kept), 0), under_way=under_way
    )
    for row in rows.exclude(kept=F("under_way")).values("pk", "kept", "under_way"):
        yield (
            "generation {pk} keeps {kept} reserved, and {under_way} are under way"
        ).format(**row)


def wrong_differences() -> Iterator[str]:
    """A difference has a transfer exactly if one closed it."""
    steps = DifferenceStep.objects.filter(difference=OuterRef("pk"), action="transfer")
    reference = Concat(Value("difference:"), Cast(OuterRef("pk"), CharField()))
    rows = Difference.objects.annotate(
        is_booked=Exists(steps),
        has_moved=Exists(Transfer.objects.filter(reference=reference)),
    )
    closed = Difference.Status.CLOSED
    for what, wrong in (
        ("was closed by a transfer that is not there", Q(has_moved=False)),
        ("was closed by a transfer and is open", ~Q(status=closed)),
    ):
        for row in rows.filter(wrong, is_booked=True):
            yield f"difference {row.pk} {what}"
    for row in rows.filter(is_booked=False, has_moved=True):
        yield f"difference {row.pk} has a transfer that nobody made"
    stepless = rows.filter(status=closed, steps=None)
    for row in stepless:
        yield f"difference {row.pk} was closed, and nothing says how"


def _correction_sum(kind: str) -> Any:
    """Later corrections: ``task:<id>:…``."""
    own = Concat(Value("task:"), Cast(OuterRef("pk"), CharField()), Value(":"))
    rows = Transfer.objects.filter(
        generation=OuterRef("generation_id"), kind=kind, reference__startswith=own
    )
    total = (
        rows.order_by().values("generation").annotate(all=Sum("amount")).values("all")
    )
    return Coalesce(Subquery(total), 0)


def _closing_sum(kind: str) -> Any:
    """Transfers that closed the task's differences."""
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

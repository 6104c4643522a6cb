"""A provider task's cost by our transfers."""

from collections.abc import Iterable

from django.db.models import BigIntegerField, Case, F, Sum, When

from generation.models import ProviderTask
from reconciliation.models import Difference
from spend.models import Transfer

Kind = Transfer.Kind
SPENT = (Kind.SETTLE, Kind.SETTLE_MORE)
GIVEN_BACK = (Kind.REFUND,)


def booked(tasks: Iterable[ProviderTask]) -> dict[int, int]:
    """Task id → integrals settled less refunded.

    Counts transfers under ``task:<id>``, corrections (``task:<id>:…``), and those that
    closed its differences.
    """
    tasks = list(tasks)
    sums = {task.pk: 0 for task in tasks}
    task_of: dict[str, int | None] = {task.reference: task.pk for task in tasks}
    differences = Difference.objects.filter(task__in=sums, status="closed")
    for difference in differences.only("task_id"):
        task_of[difference.reference] = difference.task_id
    signed = Case(
        When(kind__in=GIVEN_BACK, then=-F("amount")),
        default=F("amount"),
        output_field=BigIntegerField(),
    )
    rows = (
        Transfer.objects.filter(
            generation__in={task.generation_id for task in tasks},
            kind__in=(*SPENT, *GIVEN_BACK),
        )
        .order_by()
        .values_list("reference")
        .annotate(sum=Sum(signed))
    )
    for reference, amount in rows:
        first_parts = ":".join(reference.split(":")[:2])
        if (task := task_of.get(first_parts)) is not None:
            sums[task] += amount
    return sums

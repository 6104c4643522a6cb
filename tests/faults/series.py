"""Series among a population: accepted as one, paused, gone on with, cancelled."""

import random
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import transaction

from accounts.models import User
from generation.lifecycle import series_steering
from generation.models import Cell, Series
from generation.operations import OPERATIONS
from generation.series import accepting

#: Prompt, checked form, pictures, cost of one cell.
Wish = tuple[str, dict[str, Any], int, int]
#: Of a population: a matrix, a table.
SIZES = {"matrix": 9, "table": 7}
#: Seconds for which one is paused, at most.
PAUSED = 3.0


def begin(person: User, provider: str, kind: str, wished: Sequence[Wish]) -> Series:
    operation = OPERATIONS[f"{provider}-drawing"]
    made = Series.objects.create(
        team=person.memberships.get().team,
        requested_by=person,
        kind=kind,
        operation=operation.slug,
        unit=operation.unit,
        submit_key=uuid.uuid4(),
    )
    Cell.objects.bulk_create(
        Cell(
            series=made,
            position=position,
            parameters={**cleaned, "prompt": prompt},
            pictures=pictures,
            cost=cost,
        )
        for position, (prompt, cleaned, pictures, cost) in enumerate(wished)
    )
    return made


def ask(
    patiently: Callable[[Callable[[], Any]], Any],
    person: User,
    provider: str,
    kind: str,
    wished: Sequence[Wish],
) -> Series:
    """Pressed again while the database is away: it is accepted once."""

    def make() -> Series:
        with transaction.atomic():
            return begin(person, provider, kind, wished)

    made: Series = patiently(make)
    total = sum(cost for _, _, _, cost in wished)
    patiently(partial(accepting.accept, made, confirmed=total))
    return made


def steer(
    patiently: Callable[[Callable[[], Any]], Any],
    made: Series,
    dice: random.Random,
) -> None:
    """Pause it for a while; the table's rest is cancelled now and then."""
    patiently(partial(series_steering.pause, made))
    time.sleep(dice.uniform(0, PAUSED))
    if made.kind == "table" and dice.random() < 0.5:
        patiently(partial(series_steering.cancel, made))
    else:
        patiently(partial(series_steering.resume, made))

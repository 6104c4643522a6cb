"""Accepts the cells of a series: queued generations with their reservations.

One transaction for money and rows: it is all of the cells, or none. A cell has one
generation for ever, so that it is paid once at most, whatever is pressed again.
"""

import logging
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from gateways.providers.base import Quote
from generation import lifecycle, uploads
from generation.models import Cell, Series, Upload
from generation.operations import OPERATIONS
from spend.units import Unit

logger = logging.getLogger(__name__)
Status = Series.Status


class NotOpen(Exception):
    """Paused or cancelled meanwhile."""


class PriceChanged(Exception):
    """``total``: what it costs now, instead of what was confirmed."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.total = total


class CapExceeded(Exception):
    """``left``: of the cap, at least 0."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


class PictureGone(Exception):
    """An upload that all cells use was deleted meanwhile."""


def accept(series: Series, *, confirmed: int) -> int:
    """Submit all cells that are ready. ``confirmed``: the total that the person saw.
    Returns their number; 0: they were accepted before.

    Raises NotOpen, PriceChanged, CapExceeded, PictureGone, BudgetExceeded or
    FundsExceeded; then nothing is written.
    """
    with transaction.atomic():
        # Locks the series: a second press waits, and finds no cell.
        rows = Series.objects.filter(
            pk=series.pk, status__in=(Status.DRAFT, Status.RUNNING)
        )
        if not rows.update(version=F("version") + 1):
            raise NotOpen
        cells = list(series.cells.ready())
        if not cells:
            return 0
        _check_money(series, cells, confirmed)
        _check_uploads(series, cells)
        made = lifecycle.submit_all(
            [wanted(series, cell) for cell in cells],
            operation=OPERATIONS[series.operation],
            requested_by=series.requested_by,
            team=series.team,
        )
        for cell, generation in zip(cells, made, strict=True):
            cell.generation = generation
        # By key: an update of thousands of rows in one statement.
        Cell.objects.bulk_create(
            cells,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["generation"],
        )
        rows.update(status=Status.RUNNING, accepted_at=timezone.now())
    series.refresh_from_db()
    logger.info("Series %s: %s cells were accepted", series.pk, len(cells))
    return len(cells)


def reserved(series: Series) -> int:
    """Of its cap, by cells that were accepted."""
    accepted = series.cells.filter(generation__isnull=False)
    return accepted.aggregate(cost=Sum("cost"))["cost"] or 0


def wanted(series: Series, cell: Cell) -> lifecycle.Wanted:
    key = uuid5(UUID(str(series.submit_key)), str(cell.position))
    return lifecycle.Wanted(cell.parameters, Quote(cell.cost, Unit(series.unit)), key)


def _check_money(series: Series, cells: list[Cell], confirmed: int) -> None:
    total = sum(cell.cost for cell in cells)
    if total != confirmed:
        raise PriceChanged(total)
    if series.cap is not None:
        left = series.cap - reserved(series)
        if total > left:
            raise CapExceeded(max(left, 0))


def _check_uploads(series: Series, cells: list[Cell]) -> None:
    """All cells have the same."""
    if tokens := uploads.tokens(cells[0].parameters):
        rows = Upload.objects.visible_to(series.requested_by).filter(token__in=tokens)
        if rows.update(used_at=timezone.now()) < len(tokens):
            raise PictureGone

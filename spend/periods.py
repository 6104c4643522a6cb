"""Periods of the spend page: presets, or days of one's own."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from net.request_values import day
from spend import reports

#: ``period`` of the address → label.
PRESETS: dict[str, str | Promise] = {
    "7": _("7 days"),
    "30": _("30 days"),
    "90": _("90 days"),
    "month": _("This month"),
    "last_month": _("Last month"),
}
DEFAULT, OWN = "30", "own"
#: A page draws a bar and a row for each.
MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class ChosenPeriod:
    """``before``: what it is compared with."""

    name: str
    period: reports.Period
    before: reports.Period

    @property
    def words(self) -> str | Promise:
        start, end = self.period.start, self.period.end
        return PRESETS.get(self.name, f"{start} – {end}")


def chosen(parameters: Mapping[str, str], today: datetime.date) -> ChosenPeriod:
    """Unreadable days: the default."""
    name = parameters.get("period", "")
    if name == OWN and (found := _own_days(parameters)):
        return ChosenPeriod(OWN, found, found.before)
    if name in ("month", "last_month"):
        month = reports.month_of(today)
        if name == "last_month":
            month = _month_before(month)
        return ChosenPeriod(name, month, _month_before(month))
    name = name if name in PRESETS else DEFAULT
    last = reports.last_days(int(name), today)
    return ChosenPeriod(name, last, last.before)


def is_too_long(start: datetime.date, end: datetime.date) -> bool:
    return (end - start).days >= MAX_DAYS


def _own_days(parameters: Mapping[str, str]) -> reports.Period | None:
    start, end = (day(parameters.get(name, "")) for name in ("since", "until"))
    if not start or not end or start > end or is_too_long(start, end):
        return None
    return reports.Period(start, end)


def _month_before(month: reports.Period) -> reports.Period:
    return reports.month_of(month.start - datetime.timedelta(1))

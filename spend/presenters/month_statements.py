"""Month statements for the page and as CSV."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from spend import month_closing, reports
from spend.models import ClosedMonth, LedgerAccount

Kind = LedgerAccount.Kind


class Row(NamedTuple):
    """Of one account, with the address of its transfers in the month."""

    words: str | Promise
    amounts: dict[str, int]
    link: str


def with_rows(
    entries: list[month_closing.Entry], period: reports.Period
) -> list[month_closing.Entry]:
    """``rows``: `Row`; ``operation_rows``: (slug, spent, address)."""
    return [
        entry
        | {
            "rows": [
                Row(Kind(kind).label, each, _link(entry, period, kind))
                for kind, each in _ordered(entry)
            ],
            "operation_rows": [
                (name, spent, _link(entry, period, Kind.SPENT, operation=name))
                for name, spent in entry["operations"]
            ],
        }
        for entry in entries
    ]


def csv_rows(closed: ClosedMonth) -> Iterator[list[object]]:
    yield [_("gateway"), _("unit"), _("account"), *month_closing.COLUMNS]
    for entry in closed.statement:
        for kind, each in _ordered(entry):
            own = [each[name] for name in month_closing.COLUMNS]
            yield [entry["gateway"], entry["unit"], kind, *own]


def _link(
    entry: month_closing.Entry, period: reports.Period, account: str, **more: Any
) -> str:
    query = {"unit": entry["unit"], "account": account, "gateway": entry["gateway"]}
    days = {"since": period.start, "until": period.end}
    return f"{reverse('spend:transfers')}?{urlencode({**query, **more, **days})}"


def _ordered(entry: month_closing.Entry) -> list[tuple[str, dict[str, int]]]:
    """By `LedgerAccount.Kind`: PostgreSQL keeps no key order in JSON."""
    found = entry["accounts"]
    return [(kind, found[kind]) for kind in Kind.values if kind in found]

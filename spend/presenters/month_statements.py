"""Month statements for the page and as CSV."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from spend import month_closing
from spend.models import ClosedMonth, LedgerAccount

Kind = LedgerAccount.Kind


def with_rows(entries: list[month_closing.Entry]) -> list[month_closing.Entry]:
    """``rows``: (account label, amounts)."""
    return [
        entry | {"rows": [(Kind(kind).label, each) for kind, each in _ordered(entry)]}
        for entry in entries
    ]


def csv_rows(closed: ClosedMonth) -> Iterator[list[object]]:
    yield [_("gateway"), _("unit"), _("account"), *month_closing.COLUMNS]
    for entry in closed.statement:
        for kind, each in _ordered(entry):
            own = [each[name] for name in month_closing.COLUMNS]
            yield [entry["gateway"], entry["unit"], kind, *own]


def _ordered(entry: month_closing.Entry) -> list[tuple[str, dict[str, int]]]:
    """By `LedgerAccount.Kind`: PostgreSQL keeps no key order in JSON."""
    found = entry["accounts"]
    return [(kind, found[kind]) for kind in Kind.values if kind in found]

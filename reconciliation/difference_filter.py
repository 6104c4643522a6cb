"""Differences that the page's address selects."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from net.request_values import number
from reconciliation.models import Difference

OPEN, CLOSED, ALL = "open", "closed", "all"


@dataclass(frozen=True, slots=True)
class DifferenceFilter:
    """Empty: any. An invalid value is ignored."""

    state: str
    kind: str
    account: str

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "DifferenceFilter":
        state, kind = query.get("state", ""), query.get("kind", "")
        account = query.get("gateway", "")
        return cls(
            state=state if state in (OPEN, CLOSED, ALL) else OPEN,
            kind=kind if kind in Difference.Kind.values else "",
            account="" if number(account) is None else account,
        )

    def apply(self, rows: QuerySet[Difference]) -> QuerySet[Difference]:
        if self.state != ALL:
            rows = rows.filter(status=self.state)
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if self.account:
            rows = rows.filter(account=int(self.account))
        return rows

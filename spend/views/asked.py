"""What the address of the spend page asks for: unit, period, grouping."""

import datetime
from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from spend import reports
from spend.models import LedgerAccount, Unit

#: Name in the address → days (none: the running month), words.
PERIODS: dict[str, tuple[int | None, str | Promise]] = {
    "7": (7, _("7 days")),
    "30": (30, _("30 days")),
    "90": (90, _("90 days")),
    "month": (None, _("This month")),
}
GROUPS: dict[reports.Group, str | Promise] = {
    "operation": _("By operation"),
    "user": _("By person"),
}


class Asked:
    """What nobody offers is read as the first choice."""

    def __init__(self, asked: Mapping[str, str], team: Team) -> None:
        self.team = team
        unit = asked.get("unit", "")
        self.unit = unit if unit in Unit.values else Unit.INTEGRAL.value
        chosen = asked.get("period", "")
        self.chosen = chosen if chosen in PERIODS else "30"
        self.group: reports.Group = "user" if asked.get("by") == "user" else "operation"

        today = timezone.localdate()
        self.month = reports.month_of(today)
        self.month_before = reports.month_of(
            self.month.start - datetime.timedelta(days=1)
        )
        days = PERIODS[self.chosen][0]
        self.period = reports.last_days(days, today) if days else self.month
        self.period_before = self.period.before if days else self.month_before
        self.rows = reports.spending(team, self.unit, self.period)

    def spent(self, period: reports.Period) -> int:
        rows = reports.spending(self.team, self.unit, period)
        return reports.flow(rows, LedgerAccount.Kind.SPENT)

    def amounts_by_day(self) -> dict[datetime.date, dict[reports.Key, int]]:
        return reports.by_day(self.rows, self.group)

    def link_to(
        self, account: str, period: reports.Period | None = None, **more: object
    ) -> str:
        """The movements behind a number."""
        query: dict[str, object] = {"unit": self.unit, "account": account} | more
        if period:
            query |= {"since": period.start, "until": period.end}
        return f"{reverse('spend:transfers')}?{urlencode(query)}"

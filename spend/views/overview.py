"""What was spent: four figures, bars by day, tables by operation and by person."""

from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, admins_only
from spend import ledger
from spend.models import LedgerAccount, Transfer, Unit
from spend.views.asked import GROUPS, PERIODS, Asked
from spend.views.exports import as_csv
from spend.views.shares import by_day, parts

Purse = LedgerAccount.Kind


@require_GET
@admins_only
def overview(request: MemberRequest) -> HttpResponse:
    asked = Asked(request.GET, request.membership.team)
    page = {
        "asked": asked,
        "units": Unit.choices,
        "periods": [(key, words) for key, (_days, words) in PERIODS.items()],
        "groups": GROUPS.items(),
        "figures": _figures(asked),
        "by_day": by_day(asked),
        "operations": parts(asked, "operation"),
        "people": parts(asked, "user"),
    }
    return render(request, "spend/overview.html", page)


@require_GET
@admins_only
def overview_csv(request: MemberRequest) -> StreamingHttpResponse:
    asked = Asked(request.GET, request.membership.team)
    name = f"spend-{asked.unit}-{asked.period.start}-{asked.period.end}"
    return as_csv(name, _csv_rows(asked))


def _figures(asked: Asked) -> dict[str, object]:
    balances = ledger.balances(asked.team, asked.unit)
    periods = {
        "spent": asked.period,
        "spent_before": asked.period_before,
        "month": asked.month,
        "month_before": asked.month_before,
    }
    figures: dict[str, object] = {}
    for name, period in periods.items():
        figures[name] = asked.spent(period)
        figures[f"{name}_link"] = asked.link_to(Purse.SPENT, period)
    for purse in (Purse.RESERVED, Purse.AVAILABLE):
        figures[purse.value] = balances[purse]
        figures[f"{purse.value}_link"] = asked.link_to(purse)
    figures["lost"] = balances[Purse.WRITTEN_OFF]
    figures["lost_link"] = asked.link_to(Purse.WRITTEN_OFF)
    figures["allocated"] = -balances[Purse.ALLOCATION]
    figures["allocated_link"] = asked.link_to(
        Purse.AVAILABLE, kind=Transfer.Kind.ALLOCATE
    )
    return figures


def _csv_rows(asked: Asked) -> Iterator[list[object]]:
    """The table under the bars, each column of its own: no "others"."""
    columns = parts(asked, asked.group)
    yield [_("day"), *(part.words for part in columns), _("total"), _("unit")]
    days = asked.amounts_by_day()
    for day in asked.period.days:
        amounts = days.get(day, {})
        row = [amounts.get(part.key, 0) for part in columns]
        yield [day.isoformat(), *row, sum(row), asked.unit]

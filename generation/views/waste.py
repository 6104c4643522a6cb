"""The part of the spend page that needs the work itself: what came of it, how much of
it came to nothing, and which generations that were."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Sum
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest, admins_only
from accounts.paging import page
from generation import outcomes as wasted
from generation.models import Generation
from generation.presenters import cards
from spend import purses
from spend.csv_export import as_csv
from spend.presenters.shares import Cell, Outcome, Part, parts
from spend.query import SpendQuery
from spend.views.overview import TABLES

PAGE = 24
#: Kind in the address → what the list of its generations is called.
KINDS = {
    "ended": gettext_lazy("Ended"),
    "failed": gettext_lazy("Failed, and charged"),
    "rejected": gettext_lazy("Not released"),
    "unopened": gettext_lazy("Never opened"),
    "undownloaded": gettext_lazy("Never downloaded"),
}


@dataclass(frozen=True)
class Found:
    """What came of what the address asks for."""

    asked: SpendQuery

    @cached_property
    def of_team(self) -> dict[wasted.Key, wasted.Outcome]:
        return wasted.outcomes(scope(self.asked, [self.asked.team.pk]))

    @cached_property
    def of_teams(self) -> dict[wasted.Key, wasted.Outcome]:
        if len(self.asked.teams) == 1:
            return self.of_team
        return wasted.outcomes(scope(self.asked, self.asked.teams))

    @property
    def figures(self) -> Outcome:
        """Of the team."""
        whole = sum(self.of_team.values(), wasted.Outcome())
        return _shown(self.asked, whole, {})

    @property
    def tables(self) -> list[tuple[object, list[Part]]]:
        return [(title, self._parts(group)) for group, title in TABLES.items()]

    def _parts(self, group: Any) -> list[Part]:
        found = wasted.by(self.of_teams if group == "team" else self.of_team, group)
        for key in found:  # what cost nothing in the end may still have failed
            self.asked.amounts[group].setdefault(key, 0)
        return [
            replace(
                part,
                outcome=_shown(
                    self.asked,
                    found.get(part.key, wasted.Outcome()),
                    {group: part.key} if part.key else None,
                ),
            )
            for part in parts(self.asked, group)
        ]


def scope(asked: SpendQuery, teams: Any) -> wasted.Scope:
    return wasted.Scope(
        teams=teams,
        unit=asked.unit,
        start=asked.period.start,
        end=asked.period.end,
        is_sandbox=purses.is_sandbox(asked.gateway),
        filters=asked.filters,
    )


@require_GET
@never_cache
@admins_only
@vary_on_headers("HX-Request")
def waste(request: MemberRequest) -> HttpResponse:
    """The spend page asks for it after itself: it reads tasks, not sums by day."""
    asked = SpendQuery(request.GET, request.membership.team, request.memberships)
    found = Found(asked)
    shown = {"asked": asked, "waste": found.figures, "tables": found.tables}
    part = "generation/_waste.html" if request.htmx else "generation/waste.html"
    return render(request, part, shown)


@require_GET
@admins_only
def waste_csv(request: MemberRequest) -> StreamingHttpResponse:
    asked = SpendQuery(request.GET, request.membership.team, request.memberships)
    name = f"outcomes-{asked.unit}-{asked.period.start}-{asked.period.end}"
    return as_csv(name, _csv_rows(Found(asked), asked.unit))


@require_GET
@never_cache
@admins_only
def wasted_generations(request: MemberRequest, kind: str) -> HttpResponse:
    """The generations behind a number, newest first, and what they cost together."""
    if kind not in KINDS:
        raise Http404
    asked = SpendQuery(request.GET, request.membership.team, request.memberships)
    within = scope(asked, [asked.team.pk])
    is_all = kind == "ended"
    tasks = wasted.ended(within) if is_all else wasted.wasted(within, kind)
    rows = Generation.objects.visible_to(request.user).in_team(asked.team)
    rows = rows.filter(pk__in=tasks.order_by().values("generation"))
    found = page(cards.with_cards(rows), request.GET.get("before", ""), PAGE)
    shown = {
        "asked": asked,
        "title": KINDS[kind],
        "cost": tasks.aggregate(all=Sum("cost"))["all"] or 0,
        "cards": cards.of_page(found.rows, request.user),
        "older": found.older,
    }
    return render(request, "generation/wasted_generations.html", shown)


def _shown(
    asked: SpendQuery, outcome: wasted.Outcome, narrowed: Mapping[str, Any] | None
) -> Outcome:
    """With its links; ``narrowed``: to what, beyond the page; None: nothing to name."""

    def link(kind: str) -> str:
        if narrowed is None:
            return ""
        address = reverse("generation:wasted_generations", args=[kind])
        return f"{address}?{urlencode({**asked.query, **narrowed})}"

    costs = {kind: getattr(outcome, kind) for kind in wasted.KINDS}
    return Outcome(
        percent=outcome.percent,
        ended=Cell(outcome.ended, link("ended")),
        wasted={kind: Cell(cost, link(kind)) for kind, cost in costs.items()},
    )


def _csv_rows(found: Found, unit: str) -> Iterator[list[object]]:
    """Every table that the page shows, one under the other."""
    head = [
        _("table"),
        _("name"),
        _("spent"),
        _("share, percent"),
        _("succeeded, percent"),
    ]
    yield [*head, _("ended"), *(KINDS[kind] for kind in wasted.KINDS), _("unit")]
    for title, rows in found.tables:
        for part in rows:
            assert part.outcome is not None
            told = [part.outcome.percent, part.outcome.ended.amount]
            lost = [cell.amount for cell in part.outcome.wasted.values()]
            words = [title, part.words, part.amount, part.percent]
            yield [*map(_plain, words), *told, *lost, unit]


def _plain(value: object) -> object:
    return value if isinstance(value, int) else str(value)

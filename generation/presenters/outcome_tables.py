"""Outcomes and waste of a spend query: figures, tables by dimension, CSV rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generation import outcomes
from spend import purses
from spend.presenters.shares import Cell, Outcome, Part, parts
from spend.query import SpendQuery
from spend.views.overview import TABLES

#: Kind in the address → title of the list of its generations.
KINDS = {
    "ended": gettext_lazy("Ended"),
    "failed": gettext_lazy("Failed, and charged"),
    "rejected": gettext_lazy("Not released"),
    "unopened": gettext_lazy("Never opened"),
    "undownloaded": gettext_lazy("Never downloaded"),
}


@dataclass(frozen=True)
class OutcomeTables:
    query: SpendQuery

    @cached_property
    def of_team(self) -> dict[outcomes.Key, outcomes.Outcome]:
        return outcomes.outcomes(scope(self.query, [self.query.team.pk]))

    @cached_property
    def of_teams(self) -> dict[outcomes.Key, outcomes.Outcome]:
        if len(self.query.teams) == 1:
            return self.of_team
        return outcomes.outcomes(scope(self.query, self.query.teams))

    @property
    def figures(self) -> Outcome:
        """Totals of the team."""
        whole = sum(self.of_team.values(), outcomes.Outcome())
        return _linked(self.query, whole, {})

    @property
    def tables(self) -> list[tuple[object, list[Part]]]:
        return [(title, self._parts(group)) for group, title in TABLES.items()]

    def _parts(self, group: Any) -> list[Part]:
        found = outcomes.by(self.of_teams if group == "team" else self.of_team, group)
        for key in found:  # free work may have failed, too
            self.query.amounts[group].setdefault(key, 0)
        return [
            replace(
                part,
                outcome=_linked(
                    self.query,
                    found.get(part.key, outcomes.Outcome()),
                    {group: part.key} if part.key else None,
                ),
            )
            for part in parts(self.query, group)
        ]

    def csv_rows(self) -> Iterator[list[object]]:
        """The tables of the page below each other."""
        head = [
            _("table"),
            _("name"),
            _("spent"),
            _("share, percent"),
            _("succeeded, percent"),
        ]
        kinds = (KINDS[kind] for kind in outcomes.KINDS)
        yield [*head, _("ended"), *kinds, _("unit")]
        for title, rows in self.tables:
            for part in rows:
                assert part.outcome is not None
                ended = [part.outcome.percent, part.outcome.ended.amount]
                wasted = [cell.amount for cell in part.outcome.wasted.values()]
                share = [title, part.words, part.amount, part.percent]
                yield [*map(_csv_value, share), *ended, *wasted, self.query.unit]


def scope(query: SpendQuery, teams: Any) -> outcomes.Scope:
    return outcomes.Scope(
        teams=teams,
        unit=query.unit,
        start=query.period.start,
        end=query.period.end,
        is_sandbox=purses.is_sandbox(query.gateway),
        filters=query.filters,
    )


def _linked(
    query: SpendQuery, outcome: outcomes.Outcome, narrowed: Mapping[str, Any] | None
) -> Outcome:
    """The outcome with links to its generations. ``narrowed``: filters beyond the
    query's; None for a part that cannot be linked."""

    def link(kind: str) -> str:
        if narrowed is None:
            return ""
        address = reverse("generation:wasted_generations", args=[kind])
        return f"{address}?{urlencode({**query.query, **narrowed})}"

    costs = {kind: getattr(outcome, kind) for kind in outcomes.KINDS}
    return Outcome(
        percent=outcome.percent,
        ended=Cell(outcome.ended, link("ended")),
        wasted={kind: Cell(cost, link(kind)) for kind, cost in costs.items()},
    )


def _csv_value(value: object) -> object:
    return value if isinstance(value, int) else str(value)

"""Outcomes and waste for the spend page: figures, tables, CSV."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generation import outcomes
from spend import purses
from spend.presenters.shares import TABLES, Cell, Part, PartOutcome, parts
from spend.query import SpendQuery

#: Kind in the address → title of its list.
KINDS = {
    "ended": gettext_lazy("Ended"),
    "failed": gettext_lazy("Failed, and charged"),
    "rejected": gettext_lazy("Rejected"),
    "unopened": gettext_lazy("Never opened"),
    "undownloaded": gettext_lazy("Never downloaded"),
}


@dataclass(frozen=True)
class OutcomeTables:
    """Of the chosen team; tables like the spend page's."""

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
    def figures(self) -> PartOutcome:
        whole = sum(self.of_team.values(), outcomes.Outcome())
        return _linked(self.query, whole, {})

    @property
    def tables(self) -> list[tuple[object, list[Part]]]:
        return [(title, self._parts(group)) for group, title in TABLES.items()]

    def _parts(self, group: Any) -> list[Part]:
        found = outcomes.by(self.of_teams if group == "team" else self.of_team, group)
        for key in found:  # Failed tasks without cost need a row.
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


def scope(query: SpendQuery, teams: Iterable[int]) -> outcomes.Scope:
    return outcomes.Scope(
        teams=teams,
        unit=query.unit,
        start=query.period.start,
        end=query.period.end,
        is_sandbox=purses.is_sandbox(query.gateway),
        filters=query.filters,
    )


def csv_rows(found: OutcomeTables) -> Iterator[list[object]]:
    """All tables of the page in turn."""
    head = [
        _("table"),
        _("name"),
        _("spent"),
        _("share, percent"),
        _("succeeded, percent"),
    ]
    yield [*head, _("ended"), *(KINDS[kind] for kind in outcomes.KINDS), _("unit")]
    for title, rows in found.tables:
        for part in rows:
            assert part.outcome is not None
            ended = [part.outcome.percent, part.outcome.ended.amount]
            wasted = [cell.amount for cell in part.outcome.wasted.values()]
            words = [str(title), str(part.words), part.amount, part.percent]
            yield [*words, *ended, *wasted, found.query.unit]


def _linked(
    query: SpendQuery, outcome: outcomes.Outcome, filters: Mapping[str, Any] | None
) -> PartOutcome:
    """``filters``: added to the page's own in links; None: no links."""

    def link(kind: str) -> str:
        if filters is None:
            return ""
        address = reverse("generation:wasted_generations", args=[kind])
        return f"{address}?{urlencode({**query.parameters, **filters})}"

    costs = {kind: getattr(outcome, kind) for kind in outcomes.KINDS}
    return PartOutcome(
        percent=outcome.percent,
        ended=Cell(outcome.ended, link("ended")),
        wasted={kind: Cell(cost, link(kind)) for kind, cost in costs.items()},
    )

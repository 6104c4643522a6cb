"""Generations by their prompt."""

from generation.search.index import SearchIndex, Slice, Wanted
from generation.search.question import Question

INDEX = SearchIndex(
    "generation_index",
    "generation_generation",
    "id",
    facets="'t' || {row}.team_id || ' p' || {row}.requested_by_id",
)


def newest(
    asked: Question,
    *,
    team: int,
    person: int | None,
    below: int | None,
    limit: int = 1_000,
) -> list[int]:
    """Keys of generations of the team, or of the person in it."""
    groups = [[f"t{team}"]] + ([[f"p{person}"]] if person else [])
    return INDEX.find(Wanted(groups, asked), Slice(limit, below=below))

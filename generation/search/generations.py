"""Generations by prompt, operation and state."""

from collections.abc import Sequence

from generation.search.index import SearchIndex, Slice, Wanted
from generation.search.question import Question

INDEX = SearchIndex(
    "generation_index",
    "generation_generation",
    "id",
    facets="""'t' || {row}.team_id || ' p' || {row}.requested_by_id
        || ' o' || replace({row}.operation, '-', '')
        || CASE WHEN {row}.is_held THEN ' sheld' ELSE '' END
        || CASE WHEN {row}.is_rejected THEN ' srejected' ELSE '' END
        || CASE
            WHEN {row}.is_storing THEN ' smoving'
            WHEN {row}.status = 'done' THEN ' sdone'
            WHEN {row}.status = 'uncertain' THEN ' suncertain'
            WHEN {row}.status IN ('refused', 'failed', 'cancelled') THEN ' sstopped'
            ELSE ' smoving' END""",
)


def state(name: str) -> str:
    """``name``: a filter of `generation.views.activity`."""
    return f"s{name}"


def operation(slug: str) -> str:
    return "o" + slug.replace("-", "")


def newest(
    asked: Question | None,
    *,
    team: int,
    person: int | None,
    below: int | None,
    limit: int = 1_000,
    facets: Sequence[str] = (),
) -> list[int]:
    """Keys of generations of the team, or of the person in it, with all ``facets``."""
    groups = [[f"t{team}"]] + ([[f"p{person}"]] if person else [])
    groups += [[facet] for facet in facets]
    return INDEX.find(Wanted(groups, asked), Slice(limit, below=below))


def of_operations(slugs: Sequence[str], *, person: int, limit: int) -> list[int]:
    """Keys of the person's newest generations, in whatever team."""
    groups = [[f"p{person}"], [operation(slug) for slug in slugs]]
    return INDEX.find(Wanted(groups), Slice(limit))

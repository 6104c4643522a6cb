"""Facets of a picture: tokens that filters find it by (`generation.search.index`)."""

from collections.abc import Iterable, Iterator

from generation.models import Artwork
from moderation import similar_decisions

#: Largest cost of each band, in its unit; the last has no end.
COST_BANDS = (0, 5, 20, 100)
#: Largest number of pixels of each size, in thousands; the last has no end.
SIZES = {"small": 700, "medium": 1_700, "large": 4_500, "huge": None}
#: Smallest width per height of each shape.
SHAPES = {"wide": 1.15, "square": 0.87, "tall": 0.0}


def team(key: int) -> str:
    return f"t{key}"


def person(key: int) -> str:
    return f"p{key}"


def operation(slug: str) -> str:
    return f"o{_hex(slug)}"


def model(provider: str, code: str) -> str:
    return f"m{_hex(f'{provider}:{code}')}"


def shape(name: str) -> str:
    return f"r{name}"


def size(name: str) -> str:
    return f"z{name}"


def cost(band: int) -> str:
    return f"c{band}"


def opened(*, is_it: bool) -> str:
    return f"v{is_it:d}"


def downloaded(*, is_it: bool) -> str:
    return f"d{is_it:d}"


def series(key: int) -> str:
    return f"y{key}"


def board(key: int) -> str:
    return f"b{key}"


def tag(key: int) -> str:
    return f"l{key}"


def favourite(person: int) -> str:
    return f"f{person}"


def rating(stars: int) -> str:
    return f"g{stars}"


def alike(likeness: str, radius: int = 0) -> list[str]:
    """Of the bands of a perceptual hash; ``~``: rare, so in no bucket."""
    return [f"~k{key:x}" for key in similar_decisions.keys(likeness, radius)]


def of_artwork(artwork: Artwork) -> Iterator[str]:
    """What its own row and those of its generation, cell and task tell."""
    generation = artwork.generation
    yield team(artwork.team_id)
    yield person(artwork.requested_by_id)
    yield operation(generation.operation)
    yield model(generation.provider, generation.model)
    yield shape(shape_of(artwork.aspect_ratio))
    yield size(size_of(artwork.width * artwork.height))
    yield cost(band_of(artwork.task.cost or 0))
    yield opened(is_it=artwork.first_opened_at is not None)
    yield downloaded(is_it=artwork.first_downloaded_at is not None)
    if cell := getattr(generation, "cell", None):
        yield series(cell.series_id)
    if artwork.likeness:
        yield from alike(artwork.likeness)


def shape_of(ratio: float) -> str:
    return next(name for name, least in SHAPES.items() if ratio >= least)


def size_of(pixels: int) -> str:
    return next(
        name for name, most in SIZES.items() if most is None or pixels <= most * 1000
    )


def band_of(amount: int) -> int:
    """Number of the band, from 0."""
    return sum(amount > most for most in COST_BANDS)


def joined(found: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(found))


def _hex(text: str) -> str:
    return text.encode().hex()

"""A gallery of any size: ten teams, 500 people, 200 boards, all skewed.

The first team has a third of the pictures, its first person a third of those. Rows are
as the portal leaves them; triggers stand aside on PostgreSQL, whose index is built at
the end. Part of ``bench.gallery_commands``.
"""

import datetime
import random
from collections.abc import Callable, Iterator
from typing import Any

from bench import bulk_rows, children, finished_rows
from bench.queue_rows import last_key

# isort: split
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from accounts.models import Membership, Team, User
from gallery import entries, facets
from gallery.models import (
    Board,
    BoardItem,
    Entry,
    Favourite,
    Rating,
    Tag,
    TagItem,
    UsedModel,
)
from gateways import catalogue
from generation.models import Artwork, Generation, ProviderTask
from generation.models.tokens import words
from generation.search import generations
from spend import ledger
from spend.units import Unit

assert children  # loads Django

TEAMS, PEOPLE, BOARDS, TAGS, DAYS = 10, 500, 200, 300, 1_000
#: Pictures of a generation, and generations written together.
EACH, CHUNK = 2, 10_000
OPERATIONS = ("wujie-drawing", "wujie-face-swap", "avatar-artwork", "wujie-upscale")
MODELS = tuple(str(number) for number in range(1, 25))
SIDES = ((1024, 1024), (1536, 1024), (1024, 1536), (640, 640))
WIDE = (1536, 1024)
SUBJECTS = (
    *("A quiet harbour at dawn", "山水画，水墨风格", "A porcelain whale in the rain"),
    *("Portrait of an old sailor", "城市夜景", "A red bridge", "竹林中的小屋"),
)
LIGHTS = ("soft light", "backlit", "golden hour", "逆光", "neon, high contrast")
#: So many pictures of the first team are alike, and some have a rare word, whatever
#: the number of all; so many generations of the first person fill a page of each list
#: that several filters narrow.
ALIKE, RARE, RARE_EACH = 40, "zeppelin", 8
NARROWED = 64
Fact = dict[str, Any]


class Gallery:
    """``first``: keys before the first generation, task and artwork."""

    def __init__(self, pictures: int) -> None:
        self.pictures = pictures
        self.dice = random.Random(1)
        self.teams = Team.objects.bulk_create(
            Team(name=f"Team {number}") for number in range(TEAMS)
        )
        self.people = self._people()
        self.boards = Board.objects.bulk_create(
            Board(team=self.teams[at], owner=self.people[at][0], name=f"Board {number}")
            for number in range(BOARDS)
            for at in [number % TEAMS]
        )
        self.tags = Tag.objects.bulk_create(
            Tag(team=self.teams[number % TEAMS], name=f"tag {number}", uses=1)
            for number in range(TAGS)
        )
        UsedModel.objects.bulk_create(
            UsedModel(team=team, provider="wujie", model=model)
            for team in self.teams
            for model in MODELS
        )
        self.words = {
            subject + light: words(f"{subject}, {light}")
            for subject in SUBJECTS
            for light in LIGHTS
        }

    def _people(self) -> list[list[User]]:
        """Of each team; the first is its admin, the last made nothing."""
        made = User.objects.bulk_create(User(username=f"p{n}") for n in range(PEOPLE))
        found: list[list[User]] = [[] for _ in self.teams]
        for number, user in enumerate(made):
            at = number % TEAMS if number < 3 * TEAMS else self._skewed(TEAMS)
            found[at].append(user)
        Membership.objects.bulk_create(
            Membership(user=user, team=team, role="member" if at else "admin")
            for team, of in zip(self.teams, found, strict=True)
            for at, user in enumerate(of)
        )
        return found

    def _skewed(self, count: int) -> int:
        return min(int(count * self.dice.random() ** 2), count - 1)

    def fill(self) -> None:
        account = catalogue.account("wujie")
        team = self.teams[0]
        ledger.allocate(team, Unit.INTEGRAL, 10**9, by=None, reference="allocation:1")
        finished_rows.make(team, account, 1)
        self.model = Artwork.objects.select_related("generation", "task").get()
        self.first = [last_key(each) for each in (Generation, ProviderTask, Artwork)]
        every = self.pictures // EACH
        for start in range(0, every, CHUNK):
            made = range(start, min(start + CHUNK, every))
            self._write([self._generation(number) for number in made])
        models = [Generation, ProviderTask, Artwork]
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)

    def _write(self, made: list[Fact]) -> None:
        art, pictures = self.model, [art for fact in made for art in fact["pictures"]]
        bulk_rows.load(art.generation, bulk_rows.GENERATION, made)
        bulk_rows.load(art.task, bulk_rows.TASK, pictures)
        bulk_rows.load(art, bulk_rows.ARTWORK, pictures)
        bulk_rows.load(Entry.objects.get(pk=art.pk), bulk_rows.ENTRY, pictures)
        for name, model in (
            *(("board_id", BoardItem), ("tag_id", TagItem)),
            *(("user_id", Favourite), ("value", Rating)),
        ):
            marked = [each for each in pictures if each[name]]
            common = {"artwork_id": lambda p: p["id"], name: lambda p, n=name: p[n]}
            common["artwork_created_at"] = lambda p: p["created_at"]
            bulk_rows.load(self._mark(model), common, marked)

    def _mark(self, model: type[Model]) -> Model:
        """What the marks of that kind have in common."""
        by, now = self.people[0][0], timezone.now()
        common = {"added_by": by, "added_at": now, "rated_by": by, "rated_at": now}
        common["team"] = self.teams[0]
        names = {field.name for field in model._meta.concrete_fields}
        return model(**{name: v for name, v in common.items() if name in names})

    def _generation(self, number: int) -> Fact:
        dice = self.dice
        is_alike = number % (self.pictures // EACH // ALIKE) == 0
        is_narrowed = number % (self.pictures // EACH // NARROWED) == 0
        at = 0 if is_alike or is_narrowed else self._skewed(TEAMS)
        own = self.people[at]
        person = own[min(int(len(own) * dice.random() ** 3), len(own) - 2)]
        subject, light = dice.choice(SUBJECTS), dice.choice(LIGHTS)
        if is_narrowed:
            person, subject = own[0], SUBJECTS[0]
        is_rare = (
            is_alike and number // (self.pictures // EACH // ALIKE) % RARE_EACH == 0
        )
        seen = timezone.now() - datetime.timedelta(
            days=DAYS * (1 - number * EACH / self.pictures)
        )
        fact = {
            "id": self.first[0] + 1 + number,
            "number": number,
            "is_narrowed": is_narrowed,
            "team_id": self.teams[at].pk,
            "requested_by_id": person.pk,
            "operation": OPERATIONS[self._skewed(len(OPERATIONS))],
            "model": MODELS[self._skewed(len(MODELS))],
            "prompt": f"{subject}, {light}" + (f", {RARE}" if is_rare else ""),
            "words": self.words[subject + light] + (f" {RARE}" if is_rare else ""),
            "created_at": connection.ops.adapt_datetimefield_value(seen),
        }
        fact["pictures"] = [
            self._picture(fact, at, place, is_alike=is_alike and not place)
            for place in range(EACH)
        ]
        return fact

    def _picture(self, of: Fact, at: int, place: int, *, is_alike: bool) -> Fact:
        dice, number = self.dice, of["number"] * EACH + place
        bits = (1 << 255) ^ (1 << number % 5) if is_alike else dice.getrandbits(256)
        width, height = WIDE if of["is_narrowed"] else dice.choice(SIDES)
        stars = (1, 3, 5) if of["is_narrowed"] else (0, 0, 0, 1, 3, 5)
        fact = {
            **of,
            "id": self.first[2] + 1 + number,
            "task_id": self.first[1] + 1 + number,
            "generation_id": of["id"],
            "place": place,
            "number": number,
            "cost": dice.choice((0, 2, 4, 8, 40, 150)),
            "value": dice.choice(stars),
            "opened_at": of["created_at"] if dice.random() < 0.7 else None,
            "width": width,
            "height": height,
            "likeness": f"{bits:064x}",
            "board_id": self.boards[at].pk if number % 5 == 0 else None,
            "tag_id": self.tags[at].pk if number % 4 == 1 else None,
            "user_id": self.people[at][0].pk if number % 6 == 0 else None,
        }
        return {**fact, "facets": facets.joined(_facets(fact))}


def _facets(fact: Fact) -> Iterator[str]:
    yield facets.team(fact["team_id"])
    yield facets.person(fact["requested_by_id"])
    yield facets.operation(fact["operation"])
    yield facets.model("wujie", fact["model"])
    yield facets.shape(facets.shape_of(fact["width"] / fact["height"]))
    yield facets.size(facets.size_of(fact["width"] * fact["height"]))
    yield facets.cost(facets.band_of(fact["cost"]))
    yield facets.opened(is_it=fact["opened_at"] is not None)
    yield facets.downloaded(is_it=False)
    yield facets.rating(fact["value"])
    for name, facet in (
        *(("board_id", facets.board), ("tag_id", facets.tag)),
        ("user_id", facets.favourite),
    ):
        if fact[name]:
            yield facet(fact[name])
    yield from facets.alike(fact["likeness"])


INDEXES = (generations.INDEX, entries.INDEX)


def make(pictures: int) -> Gallery:
    with transaction.atomic():
        gallery = Gallery(pictures)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                _without_triggers(cursor, gallery.fill)
        else:
            gallery.fill()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return gallery


def _without_triggers(cursor: Any, fill: Callable[[], None]) -> None:
    for index in INDEXES:
        cursor.execute(f"DROP INDEX {index.name}_tokens")
    fill()
    for index in INDEXES:
        cursor.execute(index.gin)

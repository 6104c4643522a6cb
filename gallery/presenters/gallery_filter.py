"""The gallery as the address asks for it: filters, words, period, order, page."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import MemberRequest
from accounts.models import User
from gallery import likeness
from gallery.listing import MOST_COUNTED, Listing, Part
from gallery.presenters.filter_choices import FILTERS, Choice, Filter, Word
from generation.models import Artwork
from generation.presenters.filter_bar import Chip
from generation.search import question
from net.request_values import day, number

#: Period in the address → label, calendar days including today.
PERIODS = {
    "today": (gettext_lazy("Today"), 1),
    "week": (gettext_lazy("Last 7 days"), 7),
    "month": (gettext_lazy("Last 30 days"), 30),
}
ORDERS: Mapping[str, Word] = {
    "newest": gettext_lazy("Newest"),
    "oldest": gettext_lazy("Oldest"),
    "rating": gettext_lazy("Best rated"),
    "cost": gettext_lazy("Most expensive"),
}
WORDS, SORT, LIKE, PERIOD, SINCE, UNTIL = (
    "q",
    "sort",
    "like",
    "period",
    "since",
    "until",
)
PAGE = 30
#: Of a page, not of the list.
OLDER, NEWER = "before", "after"
PLACES = (OLDER, NEWER)
TIMES = (PERIOD, SINCE, UNTIL)
MOST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Menu:
    """``choices``: value, label, whether it is chosen."""

    name: str
    title: Word
    choices: list[tuple[str, Word, bool]]


class GalleryFilter:
    """Unknown values of the address do not filter."""

    def __init__(self, request: MemberRequest) -> None:
        self.request = request
        known = {*(each.name for each in FILTERS), WORDS, SORT, LIKE, *TIMES}
        self.asked: dict[str, str] = {
            name: str(value)
            for name, value in request.GET.items()
            if name in known and value
        }
        self.words = self.asked.get(WORDS, "").strip()
        self.question = question.parse(self.words)
        self.order = self.asked.get(SORT, "")
        if self.order not in ORDERS:
            self.order = "newest"

    @cached_property
    def chosen(self) -> list[tuple[Filter, str, Word]]:
        found = []
        for each in FILTERS:
            value = self.asked.get(each.name, "")
            label = each.label(self.request, value) if value else None
            if label is not None:
                found.append((each, value, label))
        return found

    @cached_property
    def like(self) -> Artwork | None:
        """The picture that others resemble."""
        key = number(self.asked.get(LIKE, ""))
        if key is None:
            return None
        rows = Artwork.objects.visible_to(self.request.user)
        return rows.in_team(self.request.membership.team).filter(pk=key).first()

    @cached_property
    def days(self) -> tuple[datetime.date | None, datetime.date | None]:
        if period := PERIODS.get(self.asked.get(PERIOD, "")):
            first = timezone.localdate() - datetime.timedelta(days=period[1] - 1)
            return first, None
        return day(self.asked.get(SINCE, "")), day(self.asked.get(UNTIL, ""))

    @cached_property
    def listing(self) -> Listing:
        since, until = self.days
        return Listing(
            team=self.request.membership.team_id,
            groups=[
                each.facets(self.request, value) for each, value, _w in self.chosen
            ],
            question=self.question,
            since=_midnight(since) if since else None,
            until=_midnight(until + datetime.timedelta(days=1)) if until else None,
            near=likeness.near(self.like) if self.like else None,
            size=PAGE,
            order=self.order,  # type: ignore[arg-type]  # one of ORDERS
        )

    def part(self) -> Part:
        if newer := self.request.GET.get(NEWER, ""):
            return self.listing.before(newer)
        return self.listing.after(self.request.GET.get(OLDER, ""))

    def artworks(self, keys: list[int]) -> list[Artwork]:
        """In the order of the keys; those that may be seen now."""
        user, team = self.request.user, self.request.membership.team
        rows = Artwork.objects.visible_to(user).in_team(team).filter(pk__in=keys)
        if self.listing.since:
            rows = rows.filter(created_at__gte=self.listing.since)
        if self.listing.until:
            rows = rows.filter(created_at__lt=self.listing.until)
        found = rows.select_related("generation", "requested_by").only(
            *("width", "height", "generation__prompt"),
            *(f"requested_by__{name}" for name in User.NAMES),
        )
        by_key = {row.pk: row for row in found}
        return [by_key[key] for key in keys if key in by_key]

    # --- The bar

    @cached_property
    def is_narrowed(self) -> bool:
        return bool(self.chosen or self.words or self.like or any(self.days))

    @property
    def count(self) -> str:
        """Of what is found; exact up to a bound."""
        found = self.listing.count()
        return f"{MOST_COUNTED:,}+" if found > MOST_COUNTED else f"{found:,}"

    @cached_property
    def chips(self) -> list[Chip]:
        found = [
            Chip(each.title, label, self.link(**{each.name: None}))
            for each, _value, label in self.chosen
        ]
        if any(self.days):
            without = dict.fromkeys(TIMES)
            found.append(Chip(_("Time"), self._time_words, self.link(**without)))
        if self.like:
            label = _("Picture %(number)s") % {"number": self.like.pk}
            found.append(Chip(_("Looks like"), label, self.link(**{LIKE: None})))
        if self.words:
            cut = self.words[:MOST_WORDS]
            found.append(Chip("", f"“{cut}”", self.link(**{WORDS: None})))
        return found

    @property
    def _time_words(self) -> Word:
        if period := PERIODS.get(self.asked.get(PERIOD, "")):
            return period[0]
        since, until = (date_format(each) if each else "" for each in self.days)
        return f"{since} – {until}" if since != until else since

    @property
    def orders(self) -> list[tuple[Word, str, bool]]:
        """Label, link, whether it is in force. Likeness is an order of its own."""
        if self.like:
            return []
        return [
            (
                label,
                self.link(sort=None if name == "newest" else name),
                name == self.order,
            )
            for name, label in ORDERS.items()
        ]

    @property
    def order_label(self) -> Word:
        return ORDERS[self.order]

    @property
    def cleared(self) -> str:
        """The list without any filter."""
        return "?" + urlencode({SORT: self.order} if self.order != "newest" else {})

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Hidden fields of the search form."""
        return [(name, value) for name, value in self.asked.items() if name != WORDS]

    @property
    def kept_beside_menus(self) -> list[tuple[str, str]]:
        """Hidden fields of the form of all filters."""
        return [(n, v) for n, v in self.asked.items() if n in (WORDS, SORT, LIKE)]

    @cached_property
    def query(self) -> str:
        return urlencode(self.asked)

    @property
    def address(self) -> str:
        """What follows the address of a picture of the list."""
        return f"?{self.query}" if self.query else ""

    def menus(self) -> list[Menu]:
        """All filters. Several queries, so not on the list's page."""
        return [
            Menu(
                each.name,
                each.title,
                self._marked(each.name, each.choices(self.request)),
            )
            for each in FILTERS
        ]

    def periods(self) -> list[tuple[str, Word, bool]]:
        offered = [(name, label) for name, (label, _days) in PERIODS.items()]
        return self._marked(PERIOD, offered)

    def _marked(self, name: str, choices: Any) -> list[tuple[str, Word, bool]]:
        offered: list[Choice] = list(choices)
        asked = self.asked.get(name)
        return [(value, label, value == asked) for value, label in offered]

    def link(self, **changes: str | None) -> str:
        asked = {**self.asked, **changes}
        return "?" + urlencode({n: v for n, v in asked.items() if v is not None})


def _midnight(of: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(of, datetime.time.min))

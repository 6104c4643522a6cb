"""Which part of the queue someone works in, as it stands in each address and form."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.utils import timezone

from accounts.access import MemberRequest
from accounts.models import Team, User
from generation.models import Artwork
from moderation import claims
from moderation.models import Review, ReviewQuerySet

Inbox = Review.Inbox
#: Counting what waits stops here; pages then say "99+".
MOST_WAITING = 99


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """A team's queue, or a part of it: one cause, one inbox, only what is due soon."""

    team: int
    part: str = ""
    inbox: str = Inbox.MAIN
    soon: bool = True

    @property
    def query(self) -> str:
        words = {"team": self.team, "part": self.part}
        words["inbox"] = "" if self.inbox == Inbox.MAIN else self.inbox
        words["when"] = "" if self.soon else "all"
        return urlencode({name: value for name, value in words.items() if value})

    @property
    def is_soon(self) -> bool:
        """What is escalated is shown and given whenever it is due."""
        return self.soon and self.inbox == Inbox.MAIN

    def waiting(self) -> ReviewQuerySet:
        """All that waits there, whoever may have it."""
        rows = Review.objects.waiting().filter(team=self.team, inbox=self.inbox)
        rows = rows.filter(cause=self.part) if self.part else rows
        return rows.due_soon(timezone.now()) if self.is_soon else rows

    def offered(self, by: User) -> ReviewQuerySet:
        part, inbox = self.part, self.inbox
        return claims.offered(by, self.team, cause=part, inbox=inbox, soon=self.is_soon)

    def take_next(self, by: User, besides: list[int]) -> Review | None:
        return claims.take_next(
            by,
            self.team,
            besides=besides,
            cause=self.part,
            inbox=self.inbox,
            soon=self.is_soon,
        )


def place(asked: QueryDict, team: int) -> QueueFilter:
    """What an address or a form names; nonsense means the whole queue."""
    part, inbox = asked.get("part", ""), asked.get("inbox", "")
    return QueueFilter(
        team,
        part if part in Review.Cause else "",
        inbox if inbox in Inbox else Inbox.MAIN.value,
        asked.get("when") != "all",
    )


def keys(asked: QueryDict, name: str = "shown") -> list[int]:
    """The reviews that a page says it shows, or what else it calls them."""
    return [int(key) for key in asked.getlist(name) if is_key(key)][:50]


def is_key(text: str) -> bool:
    """Whether a row may have it: no database takes a longer number."""
    return text.isascii() and text.isdigit() and len(text) < 19


def undoable(request: MemberRequest) -> list[Review]:
    """What they decided just now, as the address says; what ends first comes first."""
    asked = [key for key in request.GET.getlist("undo") if is_key(key)]
    if not asked:
        return []
    most = 2 * claims.SHEET  # control items come on top
    rows = Review.objects.filter(pk__in=asked[:most]).answered_by(request.user)
    return [row for row in rows.order_by("settle_after", "pk") if row.is_undoable]


def moderated_teams(request: MemberRequest) -> list[Team]:
    return [row.team for row in request.memberships if row.can_moderate]


def chosen_team(request: MemberRequest, teams: list[Team]) -> Team:
    """The one in the address, else the current, else the first that one moderates."""
    by_key = {str(team.pk): team for team in teams}
    asked = request.GET.get("team") or request.POST.get("team")
    if asked:
        if asked not in by_key:
            raise Http404
        return by_key[asked]
    if not teams:
        raise Http404
    return by_key.get(str(request.membership.team_id), teams[0])


def current(artwork: Artwork, user: User) -> Review | None:
    """What this person has before them of it, else what is open."""
    rows = Review.objects.filter(artwork=artwork).select_related(
        "claimed_by", "assigned_to", "decision__decided_by"
    )
    mine = claims.held_by(user).filter(artwork=artwork).values("pk")
    return rows.filter(pk__in=mine).first() or rows.open().first()

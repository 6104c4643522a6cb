"""The moderator's filter of the queue, and what else review pages read from a
request."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.utils import timezone

from accounts.access import MemberRequest
from accounts.models import Team, User
from moderation import review_leases
from moderation.models import Review, ReviewQuerySet
from net.request_values import number

Inbox = Review.Inbox
#: The navigation's counter stops here, at "99+".
MOST_WAITING = 99
#: Review keys read from one request.
MOST_KEYS = 50


@dataclass(frozen=True, slots=True)
class QueueFilter:
    team: int
    cause: str = ""
    inbox: str = Inbox.MAIN
    soon: bool = True

    @classmethod
    def of(cls, sent: QueryDict, team: int) -> "QueueFilter":
        """From an address or form; unknown values are left out."""
        cause, inbox = sent.get("part", ""), sent.get("inbox", "")
        return cls(
            team,
            cause if cause in Review.Cause else "",
            inbox if inbox in Inbox else Inbox.MAIN.value,
            sent.get("when") != "all",
        )

    @property
    def query(self) -> str:
        fields = {"team": self.team, "part": self.cause}
        fields["inbox"] = "" if self.inbox == Inbox.MAIN else self.inbox
        fields["when"] = "" if self.soon else "all"
        return urlencode({name: value for name, value in fields.items() if value})

    @property
    def hides_later(self) -> bool:
        """Never in the escalated inbox."""
        return self.soon and self.inbox == Inbox.MAIN

    def waiting(self) -> ReviewQuerySet:
        """Whoever may decide them."""
        rows = Review.objects.waiting().filter(team=self.team, inbox=self.inbox)
        rows = rows.filter(cause=self.cause) if self.cause else rows
        return rows.due_soon(timezone.now()) if self.hides_later else rows

    def offered(self, by: User) -> ReviewQuerySet:
        return review_leases.offered(
            by, self.team, cause=self.cause, inbox=self.inbox, soon=self.hides_later
        )

    def take_next(self, by: User, besides: list[int]) -> Review | None:
        return review_leases.take_next(
            by,
            self.team,
            besides=besides,
            cause=self.cause,
            inbox=self.inbox,
            soon=self.hides_later,
        )


def review_keys(sent: QueryDict, name: str = "shown") -> list[int]:
    keys = map(number, sent.getlist(name))
    return [key for key in keys if key is not None][:MOST_KEYS]


def undoable(request: MemberRequest) -> list[Review]:
    """The person's undoable decisions in the address, the first to expire first."""
    sent = [key for text in request.GET.getlist("undo") if (key := number(text))]
    if not sent:
        return []
    most = 2 * review_leases.SHEET  # a sheet also has control items
    rows = Review.objects.reviewable_by(request.user).answered_by(request.user)
    rows = rows.filter(pk__in=sent[:most])
    return [row for row in rows.order_by("settle_after", "pk") if row.is_undoable]


def moderated_teams(request: MemberRequest) -> list[Team]:
    return [row.team for row in request.memberships if row.can_moderate]


def chosen_team(request: MemberRequest, teams: list[Team]) -> Team:
    """From the address, else the current one, else the first. Raises Http404 where the
    person moderates none."""
    by_key = {str(team.pk): team for team in teams}
    sent = request.GET.get("team") or request.POST.get("team")
    if sent:
        if sent not in by_key:
            raise Http404
        return by_key[sent]
    if not teams:
        raise Http404
    return by_key.get(str(request.membership.team_id), teams[0])

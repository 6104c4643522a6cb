"""The moderator's filter of the queue, and what else review pages read from a
request."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.utils import timezone

from accounts.access import MemberRequest
from accounts.models import Team, User
from moderation import review_leases, tabs
from moderation.models import Review, ReviewQuerySet
from moderation.tabs import TAB_OF_CAUSE, Tab
from net.request_values import number

#: The navigation's counter stops here, at "99+".
MOST_WAITING = 99
#: Review keys read from one request.
MOST_KEYS = 50


@dataclass(frozen=True, slots=True)
class QueueFilter:
    team: int
    tab: str = Tab.QUEUE
    cause: str = ""
    soon: bool = True

    @classmethod
    def of(cls, sent: QueryDict, team: int) -> "QueueFilter":
        """From an address or form; unknown values are left out."""
        cause, tab = sent.get("part", ""), sent.get("tab", "")
        soon = sent.get("when") != "all"
        if cause in TAB_OF_CAUSE:
            return cls(team, TAB_OF_CAUSE[cause], soon=soon)
        cause = cause if cause in Review.Cause else ""
        return cls(team, tab if tab in Tab else Tab.QUEUE, cause, soon)

    @property
    def query(self) -> str:
        fields = {"team": self.team, "part": self.cause}
        fields["tab"] = "" if self.tab == Tab.QUEUE else self.tab
        fields["when"] = "" if self.soon else "all"
        return urlencode({name: value for name, value in fields.items() if value})

    def waiting(self) -> ReviewQuerySet:
        """Whoever may decide them."""
        rows = Review.objects.waiting().filter(team=self.team)
        rows = tabs.within(rows, self.tab, timezone.now(), later=not self.soon)
        return rows.filter(cause=self.cause) if self.cause else rows

    def offered(self, by: User) -> ReviewQuerySet:
        return review_leases.offered(
            by, self.team, tab=self.tab, cause=self.cause, soon=self.soon
        )

    def take_next(self, by: User, besides: list[int]) -> Review | None:
        return review_leases.take_next(
            by,
            self.team,
            besides=besides,
            tab=self.tab,
            cause=self.cause,
            soon=self.soon,
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

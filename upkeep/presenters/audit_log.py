"""Puts rows of changes into words, for the page and for CSV."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import Membership
from gateways.models import AccountHealth
from generation.operations import OPERATIONS
from generation.presenters.gateway_accounts import FIELD_WORDS
from labels.forms import TeamForm
from log import changes
from log.models import Change
from spend.models import SpendRule
from spend.presenters.limit_table import DEFAULTS
from spend.templatetags.formats import whole
from spend.units import Unit

Kind = Change.Kind
#: Kind → code → its word.
WORDS = {
    Kind.INVITED: dict(Membership.Role.choices),
    Kind.JOINED: dict(Membership.Role.choices),
    Kind.ROLE: dict(Membership.Role.choices),
    Kind.REMOVED: dict(Membership.Role.choices),
    Kind.RESTORED: dict(Membership.Role.choices),
    Kind.SPEND_RULE: dict(SpendRule.Rejection.choices),
    Kind.GATEWAY: dict(AccountHealth.Sending.choices),
    Kind.LABELS: {"on": _lazy("on"), "off": _lazy("off")},
    Kind.SHARE: {"open": _lazy("link works"), "revoked": _lazy("link revoked")},
}
#: Settings of a team; anything else is a person who may take files without the label.
LABEL_SETTINGS = TeamForm.Meta.labels


@dataclass(frozen=True, slots=True)
class Line:
    row: Change
    what: str
    about: str
    before: str
    after: str

    @property
    def team(self) -> str:
        return self.row.team.name if self.row.team else _("Installation")

    @property
    def by(self) -> str:
        if self.row.by:
            return self.row.by.display_name
        is_command = self.row.note == changes.COMMAND_LINE
        return _("Command line") if is_command else _("The portal")


def lines(rows: Iterable[Change]) -> list[Line]:
    return [_line(row) for row in rows]


def csv_rows(rows: QuerySet[Change]) -> Iterator[Sequence[object]]:
    yield ("time", "by", "team", "kind", "about", "before", "after", "note")
    for row in rows.order_by("-created_at", "-pk").iterator(chunk_size=1000):
        at = timezone.localtime(row.created_at).isoformat(timespec="seconds")
        by, team = row.by.username if row.by else "", row.team.name if row.team else ""
        values = (row.about, row.before, row.after, row.note)
        yield (at, by, team, row.kind, *values)


def _line(row: Change) -> Line:
    return Line(
        row, _what(row), _about(row), _value(row, row.before), _value(row, row.after)
    )


def _what(row: Change) -> str:
    match row.kind:
        case Kind.OWNER:
            return _("Owner added") if row.after == "1" else _("Owner removed")
        case Kind.CHANNEL:
            return _("Channel added") if row.after else _("Channel removed")
        case Kind.GATEWAY:
            field = str(FIELD_WORDS.get(row.note, row.note))
            return _("Gateway account: %s") % field
    return str(row.get_kind_display())


def _about(row: Change) -> str:
    match row.kind:
        case Kind.LIMIT:
            role = row.about.removeprefix("role:")
            whose = row.about or _("The team")
            whose = str(DEFAULTS[role]) if role != row.about else whose
            return " · ".join((whose, *map(_part, row.note.split(" · "))))
        case Kind.SPEND_RULE:
            return _rule(row.about)
        case Kind.RULES:
            return row.note
        case Kind.LABELS:
            return str(LABEL_SETTINGS.get(row.about, row.about))
    return row.about


def _rule(about: str) -> str:
    rate = about.removeprefix("rate:")
    if rate != about:
        return f"{_('Conversion rates')} · {Unit(rate).label}"
    is_percent = about == "ask_above_percent"
    return _("Large requests") if is_percent else _("Rejected pictures")


def _part(name: str) -> str:
    """Of a limit's note: unit, operation, gateway, project."""
    if name in Unit.values:
        return str(Unit(name).label)
    return str(OPERATIONS[name].title) if name in OPERATIONS else name


def _value(row: Change, value: str) -> str:
    if row.kind == Kind.OWNER or not value:
        return ""
    if row.kind == Kind.LIMIT:
        number, _space, soft = value.partition(" ")
        words = whole(int(number)) if number.isdecimal() else number
        return _("%s, warns only") % words if soft else words
    if row.kind == Kind.RULES:
        return _("Version %s") % value
    if row.kind == Kind.BACKUP:
        return filesizeformat(value)
    return str(WORDS.get(Kind(row.kind), {}).get(value, value))

"""What an act did, in words, and what pages need to show it."""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gallery import deletion
from gallery.models import Act

Kind = Act.Kind
#: Pictures that a sentence names by number.
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Acted:
    """``state``: JSON that js/select.js brings the shown pictures up to date with."""

    act: Act | None
    words: str
    more: list[str]
    state: str = "{}"

    @property
    def can_undo(self) -> bool:
        return self.act is not None and self.act.undone_at is None


def acted(act: Act | None, more: list[str] | None = None) -> Acted:
    if act is None:
        return Acted(None, _("Nothing to change."), more or [])
    return Acted(act, words(act), more or [], json.dumps(_state(act, is_undone=False)))


def kept(done: deletion.Deleted) -> list[str]:
    """Why some pictures were not deleted."""
    more = []
    if count := len(done.others):
        text = ngettext(
            "%(count)s picture is not yours, and stays.",
            "%(count)s pictures are not yours, and stay.",
            count,
        )
        more.append(text % {"count": count})
    if done.in_review:
        named = ", ".join(map(str, done.in_review[:MOST_NAMED]))
        if len(done.in_review) > MOST_NAMED:
            named += " …"
        text = _("Under review, and not deleted: %(pictures)s.")
        more.append(text % {"pictures": named})
    return more


def undone(act: Act) -> Acted:
    state = json.dumps(_state(act, is_undone=True))
    return Acted(act, _("Undone."), [], state)


def words(act: Act) -> str:
    count = len(act.changed)
    board = act.board.name if act.board else ""
    tag = act.tag.name if act.tag else ""
    fill = {"count": count, "board": board, "tag": tag, "value": act.value}
    return _sentence(Kind(act.kind), act, count) % fill


def _sentence(kind: Act.Kind, act: Act, count: int) -> str:
    match kind:
        case Kind.BOARD:
            return ngettext(
                "%(count)s picture added to “%(board)s”.",
                "%(count)s pictures added to “%(board)s”.",
                count,
            )
        case Kind.COVER:
            return _("The cover of “%(board)s” is changed.")
        case Kind.UNBOARD:
            return ngettext(
                "%(count)s picture removed from “%(board)s”.",
                "%(count)s pictures removed from “%(board)s”.",
                count,
            )
        case Kind.TAG:
            return ngettext(
                "%(count)s picture tagged “%(tag)s”.",
                "%(count)s pictures tagged “%(tag)s”.",
                count,
            )
        case Kind.UNTAG:
            return ngettext(
                "Tag “%(tag)s” removed from %(count)s picture.",
                "Tag “%(tag)s” removed from %(count)s pictures.",
                count,
            )
        case Kind.FAVOURITE:
            return ngettext(
                "%(count)s picture added to your favourites.",
                "%(count)s pictures added to your favourites.",
                count,
            )
        case Kind.UNFAVOURITE:
            return ngettext(
                "%(count)s picture removed from your favourites.",
                "%(count)s pictures removed from your favourites.",
                count,
            )
        case Kind.FINAL if act.value:
            return _("Marked as the final picture.")
        case Kind.FINAL:
            return _("No longer the final picture.")
        case Kind.DELETE:
            return ngettext(
                "%(count)s picture moved to the bin, for 30 days.",
                "%(count)s pictures moved to the bin, for 30 days.",
                count,
            )
    if not act.value:
        return ngettext(
            "Rating removed from %(count)s picture.",
            "Rating removed from %(count)s pictures.",
            count,
        )
    return ngettext(
        "%(count)s picture rated %(value)s.",
        "%(count)s pictures rated %(value)s.",
        count,
    )


def _state(act: Act, *, is_undone: bool) -> dict[str, Any]:
    """Mark → picture → its value now; ``gone``: whether it left the list."""
    match Kind(act.kind):
        case Kind.FAVOURITE | Kind.UNFAVOURITE:
            value = int((act.kind == Kind.FAVOURITE) != is_undone)
            return {"mark": "favourite", "values": dict.fromkeys(act.changed, value)}
        case Kind.RATE:
            values = {
                key: ((before or [0])[0] if is_undone else act.value)
                for key, before in act.changed.items()
            }
            return {"mark": "rating", "values": values}
        case Kind.DELETE | Kind.UNBOARD:
            values = dict.fromkeys(act.changed, int(not is_undone))
            return {"mark": "gone", "values": values, "board": act.board_id}
    return {}

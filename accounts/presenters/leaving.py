"""What will be when a person leaves a team, an admin steps down, an owner goes."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership, User


def removal_words(membership: Membership, *, is_own: bool) -> dict[str, Any]:
    person, team = membership.user, membership.team
    names = {"person": person.display_name, "team": team.name}
    if is_own:
        title = _("Leave the team %(team)s?") % names
        will_be = [
            _("You can no longer open this team."),
            *_admins_left(membership),
            _("Only an invitation by one of them brings you back."),
        ]
    else:
        title = _("Remove %(person)s from %(team)s?") % names
        will_be = [
            _("%(person)s can no longer open this team.") % names,
            _("You can undo this for ten minutes; after that, invite them again."),
        ]
    will_be.append(
        _("Pictures and what was spent stay with the team; work under way goes on.")
    )
    if not person.memberships.exclude(pk=membership.pk).exists():
        will_be.append(
            _("It is their only team: after signing in they find no team.")
            if not is_own
            else _("It is your only team: after signing in you find no team.")
        )
    if person.is_owner and not is_own:
        will_be.append(_("They stay an owner of the installation."))
    return {
        "title": title,
        "will_be": will_be,
        "url": reverse("accounts:remove", args=[membership.pk]),
        "back": reverse("accounts:people"),
        "action": _("Leave the team") if is_own else _("Remove"),
    }


def step_down_words(membership: Membership, role: str) -> dict[str, Any]:
    words = dict(Membership.Role.choices)
    return {
        "title": _("Give up being an admin of %(team)s?")
        % {"team": membership.team.name},
        "will_be": [
            _("Your role becomes: %s.") % words[role],
            _("You no longer see people, spend, limits and the team's alerts."),
            *_admins_left(membership),
            _("Only one of them can make you an admin again."),
        ],
        "url": reverse("accounts:change_role", args=[membership.pk]),
        "back": reverse("accounts:people"),
        "hidden": {"role": role, "sure": "1"},
        "action": _("Give up being an admin"),
    }


def owner_words(person: User, *, is_own: bool) -> dict[str, Any]:
    left = User.objects.filter(is_owner=True).exclude(pk=person.pk)
    names = [owner.display_name for owner in left.order_by("username")[:MOST_NAMED]]
    who = {"person": person.display_name}
    return {
        "title": _("Give up being an owner?")
        if is_own
        else _("Remove %(person)s from the owners?") % who,
        "will_be": [
            _("You no longer see gateways, teams and the installation's alerts.")
            if is_own
            else _("%(person)s no longer sees gateways and teams.") % who,
            _("Roles in teams stay as they are."),
            _named(_("Owners that remain: %s."), names)
            or _("Nobody else is an owner: make someone else an owner first."),
            _("Only an owner can make an owner again."),
        ],
        "url": reverse("accounts:remove_owner", args=[person.pk]),
        "back": reverse("accounts:owners"),
        "action": _("Give up being an owner") if is_own else _("Remove"),
    }


#: Names that a sentence lists.
MOST_NAMED = 5


def _admins_left(membership: Membership) -> list[str]:
    rows = membership.team.memberships.filter(role=Membership.Role.ADMIN)
    rows = rows.exclude(pk=membership.pk).select_related("user")
    names = [row.user.display_name for row in rows.order_by("pk")[:MOST_NAMED]]
    told = ngettext(
        "The admin that remains: %s.", "The admins that remain: %s.", len(names)
    )
    none = _("Nobody else is an admin: make someone else an admin first.")
    return [_named(told, names) or none]


def _named(sentence: str, names: list[str]) -> str:
    return sentence % ", ".join(names) if names else ""

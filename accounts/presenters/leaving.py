"""What will be when a person leaves a team, an admin steps down, an owner goes."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership, User


def removal_words(membership: Membership, *, is_own: bool) -> dict[str, Any]:
    person, team = membership.user, membership.team
    names = {"person": person.display_name, "team": team.name}
    back = reverse("accounts:people")
    if is_own:
        title = _("Leave the team %(team)s?") % names
        admins = _admins_left(membership)
        if not admins:
            return _refused(title, _no_admin(), back)
        will_be = [
            _("You can no longer open this team."),
            admins,
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
        "back": back,
        "action": _("Leave the team") if is_own else _("Remove"),
    }


def step_down_words(membership: Membership, role: str) -> dict[str, Any]:
    words = dict(Membership.Role.choices)
    title = _("Give up being an admin of %(team)s?") % {"team": membership.team.name}
    back = reverse("accounts:people")
    admins = _admins_left(membership)
    if not admins:
        return _refused(title, _no_admin(), back)
    return {
        "title": title,
        "will_be": [
            _("Your role becomes: %s.") % words[role],
            _("You no longer see people, spend, limits and the team's alerts."),
            admins,
            _("Only one of them can make you an admin again."),
        ],
        "url": reverse("accounts:change_role", args=[membership.pk]),
        "back": back,
        "hidden": {"role": role, "sure": "1"},
        "action": _("Give up being an admin"),
    }


def owner_words(person: User, *, is_own: bool) -> dict[str, Any]:
    left = User.objects.filter(is_owner=True).exclude(pk=person.pk)
    names = [owner.display_name for owner in left.order_by("username")[:MOST_NAMED]]
    who = {"person": person.display_name}
    title = (
        _("Give up being an owner?")
        if is_own
        else _("Remove %(person)s from the owners?") % who
    )
    back = reverse("accounts:owners")
    if not names:
        none = _("Nobody else is an owner: make someone else an owner first.")
        return _refused(title, none, back)
    return {
        "title": title,
        "will_be": [
            _("You no longer see gateways, teams and the installation's alerts.")
            if is_own
            else _("%(person)s no longer sees gateways and teams.") % who,
            _("Roles in teams stay as they are."),
            _("Owners that remain: %s.") % ", ".join(names),
            _("Only an owner can make an owner again."),
        ],
        "url": reverse("accounts:remove_owner", args=[person.pk]),
        "back": back,
        "action": _("Give up being an owner") if is_own else _("Remove"),
    }


#: Names that a sentence lists.
MOST_NAMED = 5


def _refused(title: str, sentence: str, back: str) -> dict[str, Any]:
    """A page without a button for what would be refused."""
    return {"title": title, "will_be": [sentence], "back": back}


def _no_admin() -> str:
    return _("Nobody else is an admin: make someone else an admin first.")


def _admins_left(membership: Membership) -> str:
    """A sentence; empty: nobody else is an admin."""
    rows = membership.team.memberships.filter(role=Membership.Role.ADMIN)
    rows = rows.exclude(pk=membership.pk).select_related("user")
    names = [row.user.display_name for row in rows.order_by("pk")[:MOST_NAMED]]
    told = ngettext(
        "The admin that remains: %s.", "The admins that remain: %s.", len(names)
    )
    return told % ", ".join(names) if names else ""

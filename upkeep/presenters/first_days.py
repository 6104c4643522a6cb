"""The steps of the first days in words, with where to go and what to test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gateways.clients import provider_of, vocabulary
from upkeep.first_days import Step

TITLES: dict[str, Promise] = {
    "credentials": gettext_lazy("Gateway credentials entered and tested"),
    "public_address": gettext_lazy("Public address reached from outside"),
    "channel": gettext_lazy("Mail or messenger tested"),
    "team": gettext_lazy("Team created"),
    "integrals": gettext_lazy("Integrals allocated"),
    "limits": gettext_lazy("Limits set per role or person"),
    "people": gettext_lazy("People invited"),
    "picture": gettext_lazy("First real picture"),
    "backup": gettext_lazy("Backup made"),
}
#: Step → address and word of the link.
PLACES: dict[str, tuple[str, Promise]] = {
    "credentials": ("generation:gateways", gettext_lazy("Gateways")),
    "channel": ("notifications:channels", gettext_lazy("Channels")),
    "team": ("accounts:new_team", gettext_lazy("New team")),
    "integrals": ("spend:teams", gettext_lazy("Teams")),
    "limits": ("spend:budgets", gettext_lazy("Limits")),
    "people": ("accounts:people", gettext_lazy("People")),
    "picture": ("generation:create", gettext_lazy("Create")),
}


@dataclass(frozen=True, slots=True)
class TestButton:
    """A button: ``value`` is posted as the account's name."""

    url: str
    words: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    is_done: bool
    title: str
    #: What is missing; empty where it is done.
    note: str
    url: str
    place: str
    tests: tuple[TestButton, ...]


def lines(steps: list[Step]) -> list[Line]:
    return [_line(step) for step in steps]


def _line(step: Step) -> Line:
    view, place = PLACES.get(step.name, ("", ""))
    note = "" if step.is_done else NOTES[step.name](step.facts)
    url = reverse(view) if view else ""
    title = str(TITLES[step.name])
    tests = tuple(_tests(step))
    return Line(step.name, step.is_done, title, note, url, str(place), tests)


def _tests(step: Step) -> list[TestButton]:
    if step.name == "credentials":
        return [gateway_test(name) for name in settings.GATEWAYS]
    if step.name == "public_address" and step.facts["url"]:
        return [TestButton(reverse("upkeep:test_address"), _("Test"))]
    return []


def gateway_test(name: str) -> TestButton:
    words = _("Test %(gateway)s") % {"gateway": gateway_words(name)}
    return TestButton(reverse("upkeep:test_gateway"), words, name)


def gateway_words(name: str) -> str:
    """With its number where it is not the first."""
    number = name.partition("-")[2]
    gateway = str(vocabulary(provider_of(name)).gateway)
    return f"{gateway} {number}".strip()


def _credentials(facts: Mapping[str, Any]) -> str:
    if facts["is_sandbox"]:
        names = ", ".join(facts["variables"])
        return _(
            "None yet: the portal uses its own sandbox. Set a gateway's variables"
            " (%(names)s …) in its environment and start it again."
        ) % {"names": names}
    names = ", ".join(map(gateway_words, facts["untested"]))
    return _("Not taken yet by %(names)s: test it here.") % {"names": names}


def _public_address(facts: Mapping[str, Any]) -> str:
    if not facts["url"]:
        return _(
            "Set WJPORTAL_PUBLIC_URL to the https address that people and gateways"
            " use. Without it gateways cannot call back; the portal asks them instead."
        )
    if facts["is_sandbox"]:
        return _("A gateway's first call back shows it; the sandbox cannot.")
    return _(
        "No gateway has called back to %(url)s yet. Test it here, then make a picture."
    ) % {"url": facts["url"]}


def _channel(facts: Mapping[str, Any]) -> str:
    if facts["has_channel"]:
        return _("Send a test through a channel.")
    return _("Add a channel, so that alerts reach you outside of the portal.")


def _picture(facts: Mapping[str, Any]) -> str:
    if facts["is_sandbox"]:
        return _("Pictures of the sandbox do not count.")
    return _("Make one and see that it is stored.")


NOTES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "credentials": _credentials,
    "public_address": _public_address,
    "channel": _channel,
    "team": lambda _facts: _("Each team has its own people, integrals and pictures."),
    "integrals": lambda _facts: _("A team without integrals can make nothing."),
    "limits": lambda _facts: _(
        "So that nobody uses up the month for everybody by accident."
    ),
    "people": lambda _facts: _("You are alone here so far."),
    "picture": _picture,
    "backup": lambda _facts: _(
        "Run manage.py backup with a folder on another disk; docs/running.md says how."
    ),
}

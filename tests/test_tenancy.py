"""A person of another team walks over every address of a team that is none of theirs.

Of the three, one never was in it, one was removed from it, one was removed and is in no
team now. Everything there is theirs or was in their hands: requests, pictures, uploads,
avatars, leases, decisions. They see nothing of it and move nothing.
"""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as portal
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Membership, User
from generation import avatars
from generation.models import Upload
from generation.operations import TRAININGS
from generation.presenters.prompt_form import PromptForm
from moderation import review_leases
from tests import factories
from tests.whole_team import MARK, WholeTeam

pytestmark = pytest.mark.django_db

#: Where the signature or the token in the address is the right, or nothing is a team's.
OPEN = {
    *("callbacks:notice", "callbacks:receive", "uploads:for_gateway"),
    *("uploads:sample", "health:healthz", "health:readyz", "health:metrics"),
    *("shared:shared", "shared:password", "shared:picture", "shared:large"),
    *("shared:thumbnail", "shared:whole", "verify:verify"),
}
#: A month is the current team's, whatever its name.
OWN = {
    *("spend:statement", "spend:close_month", "spend:closing"),
    "spend:statement_csv",
}
#: These end the walk's session.
LEAVING = {"accounts:logout"}
#: Nobody's team: the person's own session and desk.
UNWATCHED = {
    "Session",
    "Desk",
    "NoticeChoices",
    "AccessAttempt",
    "AccessLog",
    "AccessFailureLog",
}
ANSWERS = {200, 204, 302, 400, 403, 404, 405, 409, 422}


def addresses(
    resolver: URLResolver | None = None, space: str = ""
) -> Iterator[tuple[str, list[str]]]:
    """Name and arguments of every address of the portal."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            yield from addresses(each, each.namespace or space)
        elif isinstance(each, URLPattern):
            yield f"{space}:{each.name}", list(each.pattern.converters)


def rows() -> dict[str, list[Any]]:
    """Every row of the portal."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if model.__name__ not in UNWATCHED
    }


@pytest.fixture
def theirs(alice: User) -> WholeTeam:
    """Of the Studio, as its moderator mona left it."""
    mona = factories.mona()
    return WholeTeam(alice, mona)


@pytest.fixture(params=["stranger", "removed", "in no team"])
def outsider(request: pytest.FixtureRequest, theirs: WholeTeam) -> User:
    """An admin of another team, who may do everything there."""
    if request.param == "stranger":
        person = factories.bob()
    else:
        person = User.objects.get(username="mona")
        person.memberships.all().delete()
    if request.param == "removed":
        elsewhere = factories.team("Elsewhere")
        Membership.objects.create(user=person, team=elsewhere, role="admin")
    person.memberships.update(role="admin")
    return person


def walk(
    client: Client, theirs: WholeTeam, *methods: str
) -> Iterator[tuple[str, str, Any]]:
    """Name, method, answer of each address."""
    for name, arguments in addresses():
        if name in OPEN | OWN | LEAVING:
            continue
        filled: list[dict[str, Any]] = [{}]
        if arguments:
            filled = theirs.keys[name]  # a new address needs its row here
        for kwargs in filled:
            assert set(kwargs) == set(arguments), name
            address = reverse(name, kwargs=kwargs)
            for method in methods:
                ask = getattr(client, method.lower())
                yield name, method, ask(address, theirs.sent)


def body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode(errors="replace"))


@pytest.mark.slow
def test_an_outsider_sees_and_moves_nothing(
    outsider: User, theirs: WholeTeam, signed_in: Any
) -> None:
    client, before = signed_in(outsider), rows()
    refused = {404, 405} if outsider.memberships.exists() else {403, 404, 405}
    for name, method, answer in walk(client, theirs, "GET", "POST"):
        where = f"{method} {name}: {answer.status_code}"
        assert answer.status_code in ANSWERS, where
        assert MARK not in body(answer), where
        if name in theirs.keys and name != "generation:wasted_generations":
            assert answer.status_code in refused, where
    after = rows()
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


def test_the_walk_finds_what_a_member_sees(theirs: WholeTeam, signed_in: Any) -> None:
    """The mark is where it should be, for those who may see it."""
    client = signed_in(User.objects.get(username="mona"))
    found = {
        name
        for name, _method, answer in walk(client, theirs, "GET")
        if MARK in body(answer)
    }
    assert found >= {
        "generation:create",
        "generation:activity",
        "generation:detail",
        "generation:avatars",
        "moderation:review",
        "moderation:outcome",
        "generation:series",
        "generation:series_list",
        "gallery:artwork",
        "gallery:board",
        "gallery:boards",
        "gallery:compare",
        "gallery:lineage",
        "gallery:bin",
        "gallery:shares",
        "gallery:tags",
        "uploads:thumbnail",
    }


def test_a_lease_is_not_kept_by_who_was_removed(
    theirs: WholeTeam, signed_in: Any
) -> None:
    mona = User.objects.get(username="mona")
    assert list(review_leases.held_by(mona)) == [theirs.leased]
    mona.memberships.all().delete()
    assert not review_leases.held_by(mona)


def test_an_upload_is_used_in_teams_of_ones_own(theirs: WholeTeam) -> None:
    mona = User.objects.get(username="mona")
    assert list(Upload.objects.visible_to(mona)) == [theirs.upload]
    mona.memberships.update(team=factories.team("Elsewhere"))
    assert not Upload.objects.visible_to(mona)


def test_an_avatar_is_drawn_in_teams_of_ones_own(theirs: WholeTeam) -> None:
    mona = User.objects.get(username="mona")
    (avatar,) = avatars.of(mona, TRAININGS)
    assert avatars.is_of(mona, avatar)
    assert not avatars.is_of(factories.otto(), avatar)
    mona.memberships.update(team=factories.team("Elsewhere"))
    assert not avatars.is_of(mona, avatar)


def test_a_form_of_the_old_team_is_not_answered_with_its_work(
    theirs: WholeTeam, signed_in: Any
) -> None:
    """The key of a form that was sent for another team."""
    factories.catalogue()
    mona, key = User.objects.get(username="mona"), str(uuid.uuid4())
    typed = QueryDict(mutable=True)
    typed.update(factories.PARAMETERS["wujie"] | {"operation": "wujie-drawing"})
    typed.update({"prompt": MARK, "submit_key": key})
    form = PromptForm.of("wujie-drawing", mona).bound(typed)
    assert form.is_valid()
    factories.generation(
        mona, submit_key=key, prompt=MARK, parameters=form.cleaned_data
    )
    sent = typed.dict()
    client = signed_in(mona)
    assert client.post("/generations/", sent).status_code == 302
    mona.memberships.update(team=factories.team("Elsewhere"))
    answer = client.post("/generations/", sent)
    assert answer.status_code == 422
    assert "sent once already" in answer.text


# --- Nothing runs code


def test_no_page_writes_rows_or_runs_functions(oda: User, signed_in: Any) -> None:
    """Django's admin would, of django-q's schedules, for who gets in."""
    assert "django.contrib.admin" not in portal.INSTALLED_APPS
    assert signed_in(oda).get("/staff/").status_code == 404
    spaces = {name.partition(":")[0] for name, _ in addresses()}
    own = {"accounts", "gallery", "generation", "moderation", "notifications"}
    own |= {"reconciliation", "spend", "callbacks", "health", "uploads", "upkeep"}
    own |= {"labels", "shared", "verify"}
    assert spaces == own

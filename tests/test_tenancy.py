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
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Membership, User
from generation import avatars, uploads
from generation.models import Artwork, Generation, ProviderTask, Upload
from generation.operations import TRAININGS
from generation.presenters.prompt_form import PromptForm
from moderation import decisions, review_leases
from moderation.models import Review
from notifications import alerts, deliveries
from notifications.models import Alert
from reconciliation.models import Difference, Reconciliation
from spend import increases
from spend.models import Budget
from tests import factories

pytestmark = pytest.mark.django_db

#: In every text of the team; no answer may contain it.
MARK = "Nightingale"
#: Where the signature or the token in the address is the right, or nothing is a team's.
OPEN = {
    *("callbacks:notice", "callbacks:receive", "uploads:for_gateway"),
    *("uploads:sample", "health:healthz", "health:readyz", "health:metrics"),
}
#: A month is the current team's, whatever its name.
OWN = {"spend:statement", "spend:close_month", "spend:statement_csv"}
#: These end the walk's session.
LEAVING = {"accounts:logout"}
#: Nobody's team: the person's own session and desk.
UNWATCHED = {"Session", "Desk", "AccessAttempt", "AccessLog", "AccessFailureLog"}
ANSWERS = {200, 204, 302, 400, 403, 404, 405, 409, 422}


class Team:
    """``keys``: name of an address → the arguments of a row in the team."""

    def __init__(self, member: User, moderator: User) -> None:
        """``moderator`` reviews pictures of ``member``, and made some as well."""
        self.team = member.memberships.get().team
        said = {"prompt": f"{MARK} in a garden"}
        queued = factories.generation(moderator, **said)
        shown = factories.artwork(moderator, generation_fields=said)
        refused = factories.artwork(
            moderator, moderation="rejected", generation_fields=said
        )
        held, decided = (
            factories.artwork(member, moderation="held", generation_fields=said)
            for _ in range(2)
        )
        upload = Upload.objects.create(
            team=self.team,
            uploaded_by=moderator,
            sha256="0" * 64,
            content_type="image/png",
            size=1,
            width=64,
            height=64,
        )
        thumbnail = uploads.thumbnail_name(upload.sha256)
        default_storage.save(thumbnail, ContentFile(MARK.encode()))
        avatar = self._avatar(moderator)
        self.leased, self.undoable = self._reviews(held, decided, moderator)
        difference = self._difference(queued)
        channel = deliveries.add_channel(
            self.team, "email", MARK, "ops@example.org", "", by=moderator
        )
        facts = {"person": MARK, "amount": 5}
        alerts.tell("increase_asked", key="1", facts=facts, team=self.team)
        budget = Budget.objects.create(team=self.team, limit=100)
        increase = increases.ask(budget, 5, reason=MARK, by=moderator)
        invited, _password = self.team.invite("guest", "member", MARK, by=moderator)
        self.generation, self.artwork, self.upload = queued, shown, upload
        account = queued.account
        of_review = {"pk": held.pk, "upload": upload.pk}
        self.keys: dict[str, list[dict[str, Any]]] = {
            "generation:delete_avatar": [{"pk": avatar.pk}],
            "uploads:thumbnail": [{"token": upload.token}],
            "generation:wasted_generations": [{"kind": "ended"}],
            "generation:sending": [{"pk": account.pk}],
            "generation:limits": [{"pk": account.pk}],
            "generation:look": [{"pk": shown.task_id}],
            "generation:close_task": [{"pk": shown.task_id}],
            "reconciliation:account_summary": [{"pk": account.pk}],
            "reconciliation:reconcile": [{"pk": account.pk}],
            "reconciliation:set_threshold": [{"pk": account.pk}],
            "reconciliation:difference": [{"pk": difference.pk}],
            "reconciliation:close_difference": [{"pk": difference.pk}],
            "reconciliation:reopen": [{"pk": difference.pk}],
            "spend:decide": [{"pk": increase.pk}],
            "spend:team": [{"pk": self.team.pk}],
            "spend:allocate": [{"pk": self.team.pk}],
            "accounts:remove_owner": [{"pk": member.pk}],
            "notifications:see": [{"pk": Alert.objects.latest("pk").pk}],
            "notifications:test_channel": [{"pk": channel.pk}],
            "notifications:remove_channel": [{"pk": channel.pk}],
            "notifications:replay": [{"pk": deliveries.test(channel).pk}],
        }
        for name in ("detail", "cancel", "acceleration", "accelerate", "parameters"):
            self.keys[f"generation:{name}"] = [{"pk": queued.pk}, {"pk": shown.pk}]
        self.keys["generation:close"] = [{"pk": queued.pk}]
        for name in ("picture", "thumbnail", "fetch"):
            self.keys[f"generation:{name}"] = [{"pk": shown.pk}, {"pk": held.pk}]
        self.keys["gallery:artwork"] = [{"pk": shown.pk}]
        in_review = [{"pk": held.pk}, {"pk": decided.pk}]
        for name in (
            *("review", "cover", "reveal", "picture", "skip", "escalate", "assign"),
            *("reopen", "decide"),
        ):
            self.keys[f"moderation:{name}"] = in_review
        for name, row in (
            *(("outcome", refused), ("appeal", refused)),
            *(("report", shown), ("known", shown)),
        ):
            self.keys[f"moderation:{name}"] = [{"pk": row.pk}]
        for name in ("reference_cover", "reveal_reference", "reference"):
            self.keys[f"moderation:{name}"] = [of_review]
        one = {"pk": member.memberships.get().pk}
        for name in ("renew_password", "change_role", "remove"):
            self.keys[f"accounts:{name}"] = [one]
        for name in ("accept", "decline", "renew_invitation", "withdraw"):
            self.keys[f"accounts:{name}"] = [{"pk": invited.pk}]

    @staticmethod
    def _avatar(by: User) -> ProviderTask:
        training = factories.generation(
            by,
            operation=TRAININGS[0],
            parameters={"avatar_name": MARK, "photos": []},
            status=Generation.Status.DONE,
            reserved=0,
        )
        return factories.task(training, status=ProviderTask.Status.SUCCEEDED)

    @staticmethod
    def _reviews(held: Artwork, decided: Artwork, by: User) -> tuple[Review, Review]:
        """One leased to the person, one decided by them and not settled yet."""
        leased = factories.review(held, by)
        undoable = factories.review(decided, by)
        decisions.decide(undoable, undoable.claim, "release", by=by)
        return leased, Review.objects.get(pk=undoable.pk)

    @staticmethod
    def _difference(of: Generation) -> Difference:
        run = Reconciliation.objects.create(
            account=of.account, window_start=of.created_at, status="done"
        )
        return Difference.objects.create(
            account=of.account,
            run=run,
            kind="missing_here",
            identity="1",
            key=MARK,
            unit="integral",
            amount=24,
        )

    @property
    def sent(self) -> dict[str, Any]:
        """What an address without arguments may name in its query or body."""
        review, undone = self.leased, self.undoable
        return {
            "team": self.team.pk,
            "everyone": "1",
            "again": self.generation.pk,
            "seen": f"{self.generation.pk}:0",
            "shown": review.pk,
            "until": f"{review.pk}:{int(review.claimed_until.timestamp())}",
            "undo": undone.pk,
            "item": f"{review.pk}:{review.claim}",
            "action": "release",
            "claim": review.claim,
            "who": review.requested_by_id,
            "user": review.requested_by_id,
            "person": review.requested_by_id,
            "budget": Budget.objects.get(team=self.team).pk,
            "amount": 5,
            "submit_key": self.generation.submit_key,
            "key": uuid.uuid4(),
            "operation": "photo-fix",
            "field": "photo",
            "photo": self.upload.token,
        }


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
def theirs(alice: User) -> Team:
    """Of the Studio, as its moderator mona left it."""
    mona = factories.mona()
    return Team(alice, mona)


@pytest.fixture(params=["stranger", "removed", "in no team"])
def outsider(request: pytest.FixtureRequest, theirs: Team) -> User:
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


def walk(client: Client, theirs: Team) -> Iterator[tuple[str, str, Any]]:
    """Name, method, answer; each address with GET and POST."""
    for name, arguments in addresses():
        if name in OPEN | OWN | LEAVING:
            continue
        filled: list[dict[str, Any]] = [{}]
        if arguments:
            filled = theirs.keys[name]  # a new address needs its row here
        for kwargs in filled:
            assert set(kwargs) == set(arguments), name
            address = reverse(name, kwargs=kwargs)
            yield name, "GET", client.get(address, theirs.sent)
            yield name, "POST", client.post(address, theirs.sent)


def body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode(errors="replace"))


def test_an_outsider_sees_and_moves_nothing(
    outsider: User, theirs: Team, signed_in: Any
) -> None:
    client, before = signed_in(outsider), rows()
    refused = {404, 405} if outsider.memberships.exists() else {403, 404, 405}
    for name, method, answer in walk(client, theirs):
        where = f"{method} {name}: {answer.status_code}"
        assert answer.status_code in ANSWERS, where
        assert MARK not in body(answer), where
        if name in theirs.keys and name != "generation:wasted_generations":
            assert answer.status_code in refused, where
    after = rows()
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


def test_the_walk_finds_what_a_member_sees(theirs: Team, signed_in: Any) -> None:
    """The mark is where it should be, for those who may see it."""
    client = signed_in(User.objects.get(username="mona"))
    found = {
        name
        for name, method, answer in walk(client, theirs)
        if method == "GET" and MARK in body(answer)
    }
    assert found >= {
        "generation:create",
        "generation:activity",
        "generation:detail",
        "generation:avatars",
        "moderation:review",
        "moderation:outcome",
        "gallery:artwork",
        "uploads:thumbnail",
    }


def test_a_lease_is_not_kept_by_who_was_removed(theirs: Team, signed_in: Any) -> None:
    mona = User.objects.get(username="mona")
    assert list(review_leases.held_by(mona)) == [theirs.leased]
    mona.memberships.all().delete()
    assert not review_leases.held_by(mona)


def test_an_upload_is_used_in_teams_of_ones_own(theirs: Team) -> None:
    mona = User.objects.get(username="mona")
    assert list(Upload.objects.visible_to(mona)) == [theirs.upload]
    mona.memberships.update(team=factories.team("Elsewhere"))
    assert not Upload.objects.visible_to(mona)


def test_an_avatar_is_drawn_in_teams_of_ones_own(theirs: Team) -> None:
    mona = User.objects.get(username="mona")
    (avatar,) = avatars.of(mona, TRAININGS)
    assert avatars.is_of(mona, avatar)
    assert not avatars.is_of(factories.otto(), avatar)
    mona.memberships.update(team=factories.team("Elsewhere"))
    assert not avatars.is_of(mona, avatar)


def test_a_form_of_the_old_team_is_not_answered_with_its_work(
    theirs: Team, signed_in: Any
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
    own |= {"reconciliation", "spend", "callbacks", "health", "uploads"}
    assert spaces == own

"""Portraits are drawn by the account that trained the avatar, and no other."""

import datetime
import uuid
from collections import Counter

import pytest
from django.utils import timezone, translation

from gateways import pausing
from generation import lifecycle
from generation.lifecycle import draining
from generation.lifecycle.submitting import order_of
from generation.models import Generation
from reconciliation import invariants
from tests import factories
from tests.gateways.test_accounts import claims, sent
from tests.generation.operations.conftest import TYPED

pytestmark = pytest.mark.django_db
Status = Generation.Status
KEY = "0123456789ABCDEF0123456789ABCDEF"
PAUSED = "Only one account of Wujie can do this, and it is paused."
GONE = "Only one account of Wujie can do this, and it is no longer set up."
NOTHING_PAID = "It waits here; nothing is charged."


@pytest.fixture
def trained(two, alice):
    """By the lighter one of two accounts: nearly nothing else would go there."""
    factories.change_account(two[0], weight=100)
    training = factories.generation(
        alice,
        account=two[1],
        operation="avatar-training",
        parameters={"avatar_name": "Grandmother", "photos": []},
        status=Status.DONE,
        finished_at=timezone.now(),
        pictures=0,
        reserved=0,
    )
    ended = {"finished_at": timezone.now(), "cost": 0, "cost_state": "charged"}
    return factories.task(
        training, key=KEY, status="succeeded", is_booked=True, polls=1, **ended
    )


@pytest.fixture
def portrait(trained, asks):
    def ask(**typed):
        usual = {k: v for k, v in TYPED["avatar-artwork"].items() if ":" in k}
        return asks("avatar-artwork", **(typed or {"avatar": KEY}), **usual)

    return ask


def state(generation, member):
    return member.get(f"/generations/{generation.pk}/").context["card"].state


def means(generation, member):
    return state(generation, member).means


def words(generation, member):
    return state(generation, member).words


def test_they_go_where_it_was_trained_whatever_weighs_more(two, portrait):
    made = [portrait() for _ in range(6)]
    assert {(row.account, row.is_pinned) for row in made} == {(two[1], True)}
    assert claims("wujie") == []
    assert claims("wujie-2", limit=10) == made


def test_the_call_itself_goes_to_that_account(two, portrait, sandbox):
    generation = portrait()
    assert sent("wujie-2") == generation
    generation.refresh_from_db()
    assert generation.status == Status.RUNNING
    jobs = Counter(job["account"] for job in sandbox.state()["jobs"])
    assert jobs == {two[1].app_id: 1}
    assert {task.account for task in generation.tasks.all()} == {two[1]}


def test_a_key_of_ours_that_is_typed_leads_there_too(two, portrait):
    generation = portrait(avatar="", avatar_key=KEY)
    assert (generation.account, generation.is_pinned) == (two[1], True)


def test_of_a_key_from_elsewhere_nothing_is_known(two, portrait):
    generation = portrait(avatar="", avatar_key="F" * 32)
    assert not generation.is_pinned
    assert claims("wujie") == [generation]


@pytest.mark.parametrize("close", [pausing.pause, draining.drain])
def test_it_waits_for_a_paused_account_and_says_so(
    close, two, portrait, wanted, member, otto
):
    close(two[1], by=otto)
    generation, other = portrait(), wanted("another")
    assert "ahead" not in words(other, member)
    assert claims("wujie") == [other]  # nobody else is held up
    assert claims("wujie-2") == []
    assert means(generation, member) == f"{PAUSED} {NOTHING_PAID}"
    assert not draining.is_drained(two[1])
    generation.refresh_from_db()
    assert generation.status == Status.QUEUED
    pausing.resume(two[1], by=otto)
    assert means(generation, member) == ""
    assert claims("wujie-2") == [generation]


def test_what_was_asked_for_before_stays_with_a_drained_account(
    two, portrait, wanted, otto
):
    plain = wanted("another", account=two[1])
    generation = portrait()
    draining.drain(two[1], by=otto)
    for row, account in ((plain, two[0]), (generation, two[1])):
        row.refresh_from_db()
        assert row.account == account


def test_it_is_told_before_it_is_asked_for(two, portrait, member, otto):
    typed = {"operation": "avatar-artwork", **TYPED["avatar-artwork"]}
    typed |= {"avatar": KEY, "avatar_key": ""}
    assert "waits here" not in member.post("/quote/", typed).content.decode()
    pausing.pause(two[1], by=otto)
    page = member.post("/quote/", typed).content.decode()
    assert f"{PAUSED} {NOTHING_PAID}" in page
    # Another account can draw what was trained elsewhere.
    typed["avatar_key"] = "F" * 32
    assert PAUSED not in member.post("/quote/", typed).content.decode()


def test_it_waits_for_an_account_that_is_gone_and_says_so(
    two, portrait, wanted, member, settings
):
    generation, other = portrait(), wanted("another")
    del settings.GATEWAYS["wujie-2"]
    assert claims("wujie") == [other]
    assert means(generation, member) == f"{GONE} {NOTHING_PAID}"
    later = portrait()  # asked for when it is gone already
    assert (later.account, later.is_pinned) == (two[1], True)
    assert claims("wujie") == []
    with translation.override("zh-hans"):
        assert "wujie" not in means(later, member)


def test_the_page_of_avatars_says_it_too(two, trained, member, otto, settings):
    assert "waits here" not in member.get("/avatars/").content.decode()
    pausing.pause(two[1], by=otto)
    assert PAUSED in member.get("/avatars/").content.decode()
    del settings.GATEWAYS["wujie-2"]
    assert GONE in member.get("/avatars/").content.decode()


def test_after_a_day_it_is_given_up_and_costs_nothing(two, portrait, settings):
    generation = portrait()
    assert generation.reserved > 0
    del settings.GATEWAYS["wujie-2"]
    long_ago = timezone.now() - datetime.timedelta(days=1, seconds=1)
    Generation.objects.filter(pk=generation.pk).update(created_at=long_ago)
    lifecycle.sweep()
    generation.refresh_from_db()
    assert (generation.status, generation.failure_code) == (Status.FAILED, "waited")
    assert list(invariants.broken()) == []


def test_it_waits_for_room_there(two, portrait, wanted):
    factories.change_account(two[1], most_open=1)
    first, second = portrait(), portrait()
    assert claims("wujie-2") == [first]
    assert claims("wujie-2") == []
    plain = wanted("another")
    assert claims("wujie") == [plain]
    second.refresh_from_db()
    assert second.status == Status.QUEUED


def test_a_probe_of_another_account_leaves_it_alone(two, portrait, wanted):
    """Both are paused until a generation finds out whether it is over."""
    past = timezone.now() - datetime.timedelta(minutes=1)
    for account in two:
        factories.change_account(
            account, sending="paused", paused_code="606", resume_after=past
        )
    generation, plain = portrait(), wanted("another")
    assert claims("wujie") == [plain]
    assert claims("wujie-2") == [generation]


# --- Whose face it is


def facts_of(client, generation):
    return dict(client.get(f"/generations/{generation.pk}/").context["parameters"])


def test_its_name_is_told_to_whom_it_belongs(portrait, member, mona, signed_in):
    generation = portrait()
    assert facts_of(member, generation)["Avatar"] == "Grandmother"
    assert facts_of(signed_in(mona), generation)["Avatar"] == KEY


@pytest.mark.parametrize("typed", [{"avatar": KEY}, {"avatar_key": KEY}])
def test_nobody_else_draws_with_it(typed, trained, signed_in):
    sent = {
        "operation": "avatar-artwork",
        "submit_key": str(uuid.uuid4()),
        **{k: v for k, v in TYPED["avatar-artwork"].items() if ":" in k},
        **typed,
    }
    answer = signed_in(factories.user("carl")).post("/generations/", sent)
    assert next(iter(typed)) in answer.context["form"].errors
    assert Generation.objects.count() == 1  # the training


def test_of_a_chosen_and_a_typed_one_the_typed_one_is_drawn(portrait, member):
    generation = portrait(avatar=KEY, avatar_key="F" * 32)
    assert order_of(generation).body["avatar_key"] == "F" * 32
    assert facts_of(member, generation)["Another avatar's key"] == "F" * 32
    assert "Avatar" not in facts_of(member, generation)
    form = member.get(f"/?again={generation.pk}").context["form"]
    assert (form["avatar"].value(), form["avatar_key"].value()) == ("", "F" * 32)

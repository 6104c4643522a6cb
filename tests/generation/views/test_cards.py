"""Cards: the words of each state, and returned integrals after a failure."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone

from gateways.providers.faults import Fault
from generation.models import Artwork, Generation, ProviderTask
from generation.presenters import cards, states, strips
from generation.presenters.cards import Card
from moderation.models import Decision
from tests import factories

Status = Generation.Status
TaskStatus = ProviderTask.Status


def card(generation: Generation, viewer: Any = None) -> Card:
    row = Generation.objects.get(pk=generation.pk)
    return cards.of(row, viewer or generation.requested_by)


def running(alice, *tasks, **fields):
    made = factories.generation(
        alice, status=Status.RUNNING, pictures=max(len(tasks), 1), **fields
    )
    for position, task in enumerate(tasks):
        factories.task(made, position=position, **task)
    return card(made)


def finished(alice, status, **fields):
    return factories.generation(
        alice, status=status, finished_at=timezone.now(), reserved=12, **fields
    )


def test_queued_here(alice):
    said = card(factories.generation(alice, reserved=48)).state
    assert (said.tone, said.words, said.means) == ("moving", "Waiting to send", "")


def test_queued_here_again_says_why(alice):
    said = card(factories.generation(alice, failure_message="系统繁忙")).state
    assert "keep trying" in said.means


def test_sending(alice):
    made = factories.generation(alice, status=Status.SUBMITTING)
    assert card(made).state.words == "Sending"


def test_queued_there_counts_who_is_ahead(alice):
    assert running(alice, {}).state.words == "Queued"
    told = running(alice, {"ahead": 5}, {"ahead": 3})
    assert told.state.words == "Queued, 3 ahead"


def test_drawing_says_how_far(alice):
    tasks = [
        {"status": TaskStatus.DRAWING, "percent": 62.0},
        {"status": TaskStatus.QUEUED, "ahead": 1},
    ]
    drawn = running(alice, *tasks)
    assert drawn.state.words == "Generating 31 %"
    assert drawn.percent == 31.0
    assert [frame.words for frame in drawn.frames] == ["Generating 62 %", "Queued"]


def test_no_progress_is_made_up(alice):
    drawn = running(alice, {"status": TaskStatus.DRAWING, "percent": None})
    assert drawn.state.words == "Generating"
    assert drawn.percent is None
    assert [frame.words for frame in drawn.frames] == ["Generating"]


def test_overdue_needs_a_look(alice):
    said = running(alice, {"status": TaskStatus.OVERDUE}).state
    assert (said.tone, said.words) == ("needs", "Overdue")
    assert "stays reserved" in said.means


def test_storing_until_all_is_judged(alice):
    made = finished(alice, Status.DONE, is_storing=True)
    art = factories.artwork(
        alice, generation=made, moderation=Artwork.Moderation.PENDING, stored_at=None
    )
    assert card(made).state.words == "Saving"
    Artwork.objects.filter(pk=art.pk).update(fetch_error="HTTP 500")
    assert "keep trying" in card(made).state.means


def test_done_shows_the_picture_and_what_came_back(alice):
    made = finished(alice, Status.DONE)
    task = factories.task(
        made, status=TaskStatus.SUCCEEDED, reserved=12, cost=8, is_booked=True
    )
    factories.artwork(alice, generation=made, task=task)
    shown = card(made)
    assert (shown.state.tone, shown.state.words) == ("good", "Done")
    assert shown.cost == "8 integrals, 4 integrals returned"
    assert shown.frames[0].is_shown


def test_held_is_never_shown(alice):
    made = finished(alice, Status.DONE)
    factories.artwork(alice, generation=made, moderation="held")
    shown = card(made)
    assert (shown.state.tone, shown.state.words) == ("needs", "In review")
    assert [frame.is_shown for frame in shown.frames] == [False]


def test_not_released_names_the_reason(alice, mona):
    made = finished(alice, Status.DONE)
    art = factories.artwork(alice, generation=made, moderation="rejected")
    Decision.objects.create(artwork=art, action="hold")
    Decision.objects.create(
        artwork=art, action="reject", reason="rights", decided_by=mona
    )
    said = card(made).state
    assert (said.tone, said.words) == ("stopped", "Rejected")
    assert said.means == "Someone else's rights or likeness"


def test_a_label_is_named_instead_of_another_reason(
    alice, mona, django_assert_num_queries
):
    made = finished(alice, Status.DONE)
    labels = [{"label": "porn", "verdict": "block", "rate": 0.9}]
    art = factories.artwork(
        alice, generation=made, moderation="rejected", labels=labels
    )
    Decision.objects.create(
        artwork=art, action="reject", reason="other", decided_by=mona
    )
    said = card(made).state
    assert said.means == "Pornography"
    loaded = card(made).generation
    with django_assert_num_queries(0):
        assert states.reasons(loaded) == "Pornography"


@pytest.mark.parametrize("provider", ["wujie", "jumdata"])
def test_who_audits_nothing_says_so(alice, provider):
    made = finished(alice, Status.DONE, provider=provider)
    factories.artwork(alice, generation=made, moderation="held", verdict="missing")
    means = card(made).state.means
    assert means.endswith("A moderator checks it before you see it.")
    is_said = "Not audited by the gateway; nobody checked it yet." in means
    assert is_said == (provider == "jumdata")


def test_refused_names_the_rule_and_costs_nothing(alice):
    made = finished(
        alice, Status.REFUSED, failure_code="20110001", failure_message="提示词违规"
    )
    said = card(made).state
    assert said.words == "Refused"
    assert said.means == (
        "The prompt has words that the gateway does not allow. Change it. "
        "It cost nothing."
    )
    assert card(made).is_unsuccessful


def test_failed_says_what_came_back(alice):
    made = finished(alice, Status.FAILED)
    factories.task(
        made,
        status=TaskStatus.FAILED,
        failure_message="绘制失败",
        cost=0,
        is_booked=True,
    )
    said = card(made).state
    assert said.words == "Failed"
    assert said.means == "The gateway says: 绘制失败. 12 integrals returned."


def test_a_failure_is_not_called_free_before_it_is_booked(alice):
    made = finished(alice, Status.FAILED)
    factories.task(made, status=TaskStatus.FAILED, is_booked=False)
    assert "returned" not in card(made).state.means
    assert card(made).cost == "12 integrals expected"


def test_cancelled(alice):
    said = card(finished(alice, Status.CANCELLED)).state
    assert (said.words, said.means) == ("Cancelled", "12 integrals returned.")


def test_uncertain_promises_no_second_charge(alice):
    made = factories.generation(alice, status=Status.UNCERTAIN)
    said = card(made).state
    assert (said.tone, said.words) == ("needs", "Unconfirmed")
    assert "will not be charged twice" in said.means
    Generation.objects.update(failure_code="500", failure_message="系统错误")
    told = card(made).state.means
    assert told.startswith(
        "The gateway says: 系统错误 (500). The gateway did not confirm it"
    )
    assert card(made).cost == "4 integrals expected"


def test_some_came_and_some_did_not(alice):
    made = finished(alice, Status.DONE, pictures=2)
    good, bad = (
        factories.task(
            made, position=n, status=status, reserved=6, cost=cost, is_booked=True
        )
        for n, (status, cost) in enumerate(
            [(TaskStatus.SUCCEEDED, 6), (TaskStatus.FAILED, 0)]
        )
    )
    factories.artwork(alice, generation=made, task=good)
    shown = card(made)
    assert shown.state.words == "Done"
    assert shown.state.means == "1 picture failed."
    assert [frame.words for frame in shown.frames] == ["Done", "Failed"]
    assert bad.pk


def test_some_are_not_released(alice, mona):
    made = finished(alice, Status.DONE, pictures=2)
    for position, moderation in enumerate(("released", "rejected")):
        task = factories.task(made, position=position, status=TaskStatus.SUCCEEDED)
        art = factories.artwork(
            alice, generation=made, task=task, moderation=moderation
        )
    Decision.objects.create(
        artwork=art, action="reject", reason="rights", decided_by=mona
    )
    said = card(made).state
    assert said.words == "Done"
    assert said.means == ("1 picture was rejected: Someone else's rights or likeness.")


def test_fewer_than_asked_for_is_said(alice):
    made = factories.generation(
        alice, provider="jumdata", status=Status.DONE, pictures=3, reserved=0
    )
    task = factories.task(
        made,
        status=TaskStatus.SUCCEEDED,
        failure_code=Fault.FEWER,
        failure_message="2 / 3",
    )
    for position in range(2):
        factories.artwork(alice, generation=made, task=task, position=position)
    assert card(made).state.means == "Fewer pictures came than were asked for."


def test_one_key_may_stand_for_many_pictures(alice):
    made = factories.generation(
        alice, provider="jumdata", status=Status.RUNNING, pictures=4
    )
    factories.task(made)
    assert len(card(made).frames) == 4


@pytest.mark.parametrize(
    ("width", "height", "ratio"),
    [
        *((1024, 1024, 100), (1024, 576, 178), (768, 1024, 76), (576, 1024, 56)),
        *((3000, 100, 250), (100, 3000, 30), (1, 0, 100), (0, 0, 100)),
    ],
)
def test_the_frame_has_its_shape_before_the_picture(alice, width, height, ratio):
    made = factories.generation(alice, width=width, height=height)
    assert card(made).ratio == ratio


def test_each_ratio_has_its_class():
    sheet = finders.find("css/strips.css")
    classes = set(re.findall(r"^\.ratio-(\d+) ", Path(sheet).read_text(), re.M))
    assert classes == {str(n) for n in range(strips.LEAST, strips.MOST + 1, 2)}


def test_a_shape_that_the_gateway_chose_comes_with_the_picture(alice):
    made = finished(alice, Status.DONE, width=0, height=0)
    assert card(made).ratio == 100
    factories.artwork(alice, generation=made)
    assert card(made).ratio == 150


@pytest.mark.parametrize(
    ("pictures", "width", "columns", "narrow"),
    [
        (1, 1024, 1, 1),
        (4, 1024, 4, 2),
        (4, 1820, 2, 2),
        (6, 1820, 3, 2),
        (9, 768, 5, 3),
    ],
)
def test_rows_of_a_strip_are_about_as_long(alice, pictures, width, columns, narrow):
    made = factories.generation(alice, pictures=pictures, width=width, height=1024)
    shown = card(made)
    assert (shown.columns, shown.narrow_columns) == (columns, narrow)


def test_a_batch_that_moves_has_one_overlay(alice):
    tasks = [{"status": TaskStatus.DRAWING}, {"status": TaskStatus.QUEUED}]
    assert running(alice, *tasks).has_overlay


def test_mixed_pictures_each_say_their_own_state(alice):
    made = finished(alice, Status.DONE, pictures=2)
    for position, moderation in enumerate(("released", "held")):
        task = factories.task(made, position=position, status=TaskStatus.SUCCEEDED)
        factories.artwork(alice, generation=made, task=task, moderation=moderation)
    assert not card(made).has_overlay
    assert not card(made).is_bare
    Artwork.objects.update(moderation="held")
    assert card(made).has_overlay
    assert card(made).columns == card(made).narrow_columns == 2


@pytest.mark.parametrize("moderation", ["pending", "held", "rejected"])
def test_a_card_keeps_its_shape_as_it_comes_to_review(alice, moderation):
    made = factories.generation(alice, pictures=2, width=640, height=1024)
    moving = card(made)
    task = factories.task(made, status=TaskStatus.SUCCEEDED)
    factories.artwork(alice, generation=made, task=task, moderation=moderation)
    Generation.objects.update(status=Status.DONE)
    shown = card(made)
    assert not shown.is_bare
    assert (shown.ratio, shown.has_overlay) == (moving.ratio, True)


def test_what_ended_without_a_picture_is_low(alice):
    assert card(factories.generation(alice, status=Status.REFUSED)).is_bare


def test_a_card_shows_a_dozen_and_counts_the_rest(alice):
    many = card(factories.generation(alice, pictures=20))
    assert (len(many.frames), many.hidden_frames) == (12, 8)


def test_only_who_asked_may_cancel(alice, mona):
    made = factories.generation(alice)
    assert card(made).can_cancel
    assert not card(made, mona).can_cancel


def test_an_operation_that_is_gone_is_named(alice):
    made = finished(alice, Status.FAILED, operation="old-drawing")
    assert card(made).operation_title == "old-drawing"


def test_the_poll_is_told_what_moves(alice):
    moving = card(factories.generation(alice, version=4))
    still = card(finished(alice, Status.CANCELLED))
    assert cards.poll_cursor([moving, still]) == f"{moving.generation.pk}:4"

"""Cards: the words of each state, and returned integrals after a failure."""

from typing import Any

import pytest
from django.utils import timezone

from gateways.providers.faults import Fault
from generation.models import Artwork, Generation, ProviderTask
from generation.presenters import cards
from generation.presenters.cards import Card
from moderation.models import Decision
from tests import factories

Status = Generation.Status
TaskStatus = ProviderTask.Status


def card(generation: Generation, viewer: Any = None) -> Card:
    row = cards.with_cards(Generation.objects.filter(pk=generation.pk)).get()
    return Card(row, viewer or generation.requested_by)


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
    assert (said.tone, said.words, said.means) == ("moving", "queued here", "")


def test_queued_here_again_says_why(alice):
    said = card(factories.generation(alice, failure_message="系统繁忙")).state
    assert "tried again" in said.means


def test_sending(alice):
    made = factories.generation(alice, status=Status.SUBMITTING)
    assert card(made).state.words == "sending"


def test_queued_there_counts_who_is_ahead(alice):
    assert running(alice, {}).state.words == "queued there"
    told = running(alice, {"ahead": 5}, {"ahead": 3})
    assert told.state.words == "queued there, 3 ahead"


def test_drawing_says_how_far(alice):
    tasks = [
        {"status": TaskStatus.DRAWING, "percent": 62.0},
        {"status": TaskStatus.QUEUED, "ahead": 1},
    ]
    drawn = running(alice, *tasks)
    assert drawn.state.words == "drawing 31 %"
    assert drawn.percent == 31.0
    assert [frame.words for frame in drawn.frames] == ["drawing 62 %", "queued there"]


def test_no_progress_is_made_up(alice):
    drawn = running(alice, {"status": TaskStatus.DRAWING, "percent": None})
    assert drawn.state.words == "drawing"
    assert drawn.percent is None
    assert [frame.words for frame in drawn.frames] == ["drawing"]


def test_overdue_needs_a_look(alice):
    said = running(alice, {"status": TaskStatus.OVERDUE}).state
    assert (said.tone, said.words) == ("needs", "overdue")
    assert "stays reserved" in said.means


def test_storing_until_all_is_judged(alice):
    made = finished(alice, Status.DONE, is_storing=True)
    art = factories.artwork(
        alice, generation=made, moderation=Artwork.Moderation.PENDING, stored_at=None
    )
    assert card(made).state.words == "storing"
    Artwork.objects.filter(pk=art.pk).update(fetch_error="HTTP 500")
    assert "tried again" in card(made).state.means


def test_done_shows_the_picture_and_what_came_back(alice):
    made = finished(alice, Status.DONE)
    task = factories.task(
        made, status=TaskStatus.SUCCEEDED, reserved=12, cost=8, is_booked=True
    )
    factories.artwork(alice, generation=made, task=task)
    shown = card(made)
    assert (shown.state.tone, shown.state.words) == ("good", "done")
    assert shown.cost == "8 integrals, 4 integrals returned"
    assert shown.frames[0].is_shown


def test_held_is_never_shown(alice):
    made = finished(alice, Status.DONE)
    factories.artwork(alice, generation=made, moderation="held")
    shown = card(made)
    assert (shown.state.tone, shown.state.words) == ("needs", "held for review")
    assert [frame.is_shown for frame in shown.frames] == [False]


def test_not_released_names_the_reason(alice, mona):
    made = finished(alice, Status.DONE)
    art = factories.artwork(alice, generation=made, moderation="rejected")
    Decision.objects.create(artwork=art, action="hold")
    Decision.objects.create(
        artwork=art, action="reject", reason="rights", decided_by=mona
    )
    said = card(made).state
    assert (said.tone, said.words) == ("stopped", "not released")
    assert said.means == "Someone else's rights or likeness"


def test_refused_names_the_rule_and_costs_nothing(alice):
    made = finished(
        alice, Status.REFUSED, failure_code="20110001", failure_message="提示词违规"
    )
    said = card(made).state
    assert said.words == "refused"
    assert said.means == (
        "The prompt has words that the gateway does not allow. Change it. "
        "The gateway says: 提示词违规 (20110001). It cost nothing."
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
    assert said.words == "failed"
    assert said.means == "The gateway says: 绘制失败. 12 integrals returned."


def test_a_failure_is_not_called_free_before_it_is_booked(alice):
    made = finished(alice, Status.FAILED)
    factories.task(made, status=TaskStatus.FAILED, is_booked=False)
    assert "returned" not in card(made).state.means
    assert card(made).cost == "12 integrals expected"


def test_cancelled(alice):
    said = card(finished(alice, Status.CANCELLED)).state
    assert (said.words, said.means) == ("cancelled", "12 integrals returned.")


def test_uncertain_promises_no_second_charge(alice):
    made = factories.generation(alice, status=Status.UNCERTAIN)
    said = card(made).state
    assert (said.tone, said.words) == ("needs", "uncertain")
    assert "cannot be charged twice" in said.means
    Generation.objects.update(failure_code="500", failure_message="系统错误")
    told = card(made).state.means
    assert told.startswith("The gateway says: 系统错误 (500). It is not sent again")
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
    assert shown.state.words == "done"
    assert shown.state.means == "1 picture did not come."
    assert [frame.words for frame in shown.frames] == ["released", "failed"]
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
    assert said.words == "done"
    assert said.means == (
        "1 picture was not released: Someone else's rights or likeness."
    )


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
    ("width", "height", "shape"),
    [
        (1024, 1024, "square"),
        (1024, 576, "landscape"),
        (768, 1024, "portrait"),
        (576, 1024, "tall"),
        (1, 0, "square"),
    ],
)
def test_the_frame_has_its_shape_before_the_picture(alice, width, height, shape):
    made = factories.generation(alice, width=width, height=height)
    assert card(made).shape == shape


def test_a_card_shows_a_dozen_and_counts_the_rest(alice):
    many = card(factories.generation(alice, pictures=20))
    assert (len(many.frames), many.hidden_frames, many.columns) == (12, 8, 4)


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

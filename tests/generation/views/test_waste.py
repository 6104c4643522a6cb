"""What was paid for and came to nothing, for the admins of the team."""

import datetime
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork, ProviderTask
from generation.providers.base import CostState
from tests import factories

pytestmark = pytest.mark.django_db

URL = "/waste/"


def failed(alice: User, cost: int, days_ago: int = 0) -> None:
    of = factories.generation(alice, reserved=cost)
    factories.task(
        of,
        status=ProviderTask.Status.FAILED,
        cost=cost,
        cost_state=CostState.CHARGED.value,
        is_booked=True,
        finished_at=timezone.now() - datetime.timedelta(days_ago),
    )


def test_failed_and_rejected_work_is_told(
    alice: User, otto: User, signed_in: Any
) -> None:
    failed(alice, 7)
    failed(alice, 100, days_ago=50)
    factories.artwork(alice)
    factories.artwork(alice, moderation=Artwork.Moderation.REJECTED)
    page = signed_in(otto)
    found = page.get(URL, {"period": "30"}).context["waste"]
    assert (found.failed, found.rejected) == (7, 4)
    assert page.get(URL, {"period": "90"}).context["waste"].failed == 107
    assert page.get(URL, {"unit": "image"}).context["waste"].failed == 0


def test_a_task_is_rejected_with_all_of_its_pictures(
    alice: User, otto: User, signed_in: Any
) -> None:
    one = factories.artwork(alice, moderation=Artwork.Moderation.REJECTED)
    row = Artwork.objects.get(pk=one.pk)
    row.pk, row.position, row.moderation = None, 1, Artwork.Moderation.RELEASED
    row.save()
    assert signed_in(otto).get(URL).context["waste"].rejected == 0


def test_only_admins_of_the_team_see_it(
    alice: User, mona: User, otto: User, bob: User, signed_in: Any
) -> None:
    failed(alice, 7)
    for who in (alice, mona):
        assert signed_in(who).get(URL).status_code == 404
    bob.memberships.update(role="admin")
    assert signed_in(bob).get(URL).context["waste"].failed == 0
    assert signed_in(otto).post(URL).status_code == 405

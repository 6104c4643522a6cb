"""A team's admins are told of stuck reservations once, until they end."""

import datetime

import pytest
from django.utils import timezone

from generation import stuck_reservations
from generation.models import Generation
from notifications.models import Alert
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def open_alerts(kind):
    return list(Alert.objects.open().filter(kind=kind))


def test_stuck_money_is_told_to_its_team(alice, bob):
    for user in (alice, alice, bob):
        factories.generation(user, status="uncertain")
    stuck_reservations.update()
    assert open_alerts("stuck_money") == []
    long_ago = timezone.now() - datetime.timedelta(hours=7)
    Generation.objects.filter(requested_by=alice).update(created_at=long_ago)
    stuck_reservations.update()
    stuck_reservations.update()
    (alert,) = open_alerts("stuck_money")
    assert alert.team == alice.memberships.get().team
    assert alert.facts == {"number": 2, "amount": 8, "hours": 6}
    Generation.objects.update(status="failed")
    stuck_reservations.update()
    assert open_alerts("stuck_money") == []

import pytest

from notifications import alerts
from notifications.models import Alert
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
FACTS = {"account": "Wujie", "reason": "no balance"}


def tell(**kwargs):
    return alerts.tell("account_paused", key="wujie", facts=FACTS, **kwargs)


def test_it_is_told_once_until_it_is_cleared():
    assert tell()
    assert not tell()
    assert alerts.clear("account_paused", key="wujie")
    assert not alerts.clear("account_paused", key="wujie")
    assert tell()
    assert Alert.objects.open().count() == 1
    assert Alert.objects.count() == 2


def test_each_key_is_told_by_itself():
    assert tell()
    assert alerts.tell("account_paused", key="jumdata", facts=FACTS)


def test_a_kind_without_a_sentence_is_a_mistake():
    with pytest.raises(ValueError, match="nonsense"):
        alerts.tell("nonsense", key="1", facts={})


def test_its_sentence_names_the_facts():
    tell()
    assert alerts.sentence(Alert.objects.get()) == (
        "Wujie is paused: no balance. Nothing is sent there."
    )


def test_a_kind_of_an_older_version_is_still_shown():
    assert alerts.sentence(Alert(kind="gone", facts={})) == "gone"


def test_a_team_s_alert_is_for_its_admins(otto, mona, bob):
    tell(team=otto.memberships.get().team)
    assert Alert.objects.visible_to(otto).exists()
    assert not Alert.objects.visible_to(mona).exists()
    assert not Alert.objects.visible_to(bob).exists()


def test_an_alert_of_no_team_is_for_owners(otto, mona):
    """Whatever their role in a team."""
    tell()
    assert not Alert.objects.visible_to(otto).exists()
    mona.set_owner(True, by=None)
    assert Alert.objects.visible_to(mona).exists()


def test_another_team_s_admin_does_not_see_it(otto):
    tell(team=factories.team("Another"))
    assert not Alert.objects.visible_to(otto).exists()

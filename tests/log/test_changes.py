"""Each change of people, limits, rules and accounts leaves one row, or none at all."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import LastAdmin, User
from gateways import pausing
from log import changes
from log.models import Change
from notifications import deliveries
from spend import ledger, limit_changes, spend_rules
from spend.limit_changes import Holder
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook/1234"


def written() -> list[tuple[Any, ...]]:
    columns = ("kind", "about", "before", "after", "note", "by__username")
    return list(Change.objects.order_by("pk").values_list(*columns))


def test_changes_of_people_are_written(otto: User, bob: User) -> None:
    team = factories.team()
    invitation, _password = team.invite("bob", "moderator", by=otto)
    membership = invitation.accept()
    membership.change_role("member", by=otto)
    membership.change_role("member", by=otto)
    bob.renew_password(by=otto, team=team)
    membership.leave(by=otto)
    membership.pk = None
    membership.restore(by=otto)
    assert written() == [
        ("invited", "bob", "", "moderator", "", "otto"),
        ("joined", "bob", "", "moderator", "", "bob"),
        ("role", "bob", "moderator", "member", "", "otto"),
        ("sign_in", "bob", "", "", "", "otto"),
        ("removed", "bob", "member", "", "", "otto"),
        ("restored", "bob", "", "member", "", "otto"),
    ]
    assert {row.team for row in Change.objects.all()} == {team}


def test_a_person_who_never_came_leaves_a_row(otto: User) -> None:
    """Their account is deleted with the invitation."""
    invitation, _password = factories.team().invite("carla", "member", by=otto)
    invitation.withdraw(by=otto)
    assert not User.objects.filter(username="carla").exists()
    assert written()[-1] == ("withdrawn", "carla", "", "", "", "otto")


def test_a_refused_change_leaves_no_row(otto: User) -> None:
    with pytest.raises(LastAdmin):
        otto.memberships.get().leave(by=otto)
    assert written() == []


def test_changes_of_limits_and_rules_are_written(otto: User, alice: User) -> None:
    team, today = factories.team(), timezone.localdate()
    hers = Holder(team, "integral", alice)
    members = Holder(team, "integral", role="member")
    with transaction.atomic():
        ledger.lock(team, "integral")
        for limit in (400, 500, None):
            limit_changes.set_limit(hers, limit, today, by=otto)
        limit_changes.set_default(members, 60, today, by=otto)
    rule = {"rejection": "refund", "ask_above_percent": 25}
    for _again in range(2):
        spend_rules.set_rule(team, rule, by=otto)
    spend_rules.set_rule(team, rule | {"ask_above_percent": 50}, by=otto)
    for rate in (Decimal("2.5"), Decimal("2.500"), None):
        spend_rules.set_rate(team, "image", rate, by=otto)
    assert written() == [
        ("limit", "alice", "", "400", "integral", "otto"),
        ("limit", "alice", "400", "500", "integral", "otto"),
        ("limit", "alice", "500", "", "integral", "otto"),
        ("limit", "role:member", "", "60", "integral", "otto"),
        ("spend", "rejection", "keep", "refund", "", "otto"),
        ("spend", "ask_above_percent", "25", "50", "", "otto"),
        ("spend", "rate:image", "", "2.500", "", "otto"),
        ("spend", "rate:image", "2.500", "", "", "otto"),
    ]


def test_changes_of_the_installation_are_written(oda: User, bob: User) -> None:
    account, before = factories.account(), Change.objects.count()
    pausing.set_limits(account, {"weight": 7}, by=oda)
    pausing.pause(account, by=oda)
    bob.set_owner(True, by=oda)
    channel = deliveries.add_channel(None, "feishu", "Ops", FEISHU, "", by=oda)
    deliveries.remove_channel(channel, by=oda)
    assert not deliveries.remove_channel(channel, by=oda)
    name = account.full_name
    assert written()[before:] == [
        ("gateway", name, "1", "7", "weight", "oda"),
        ("gateway", name, "active", "paused", "sending", "oda"),
        ("owner", "bob", "0", "1", "", "oda"),
        ("channel", "Ops", "", "open.feishu.cn", "", "oda"),
        ("channel", "Ops", "open.feishu.cn", "", "", "oda"),
    ]
    assert not Change.objects.exclude(team=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_change_needs_its_transaction(otto: User) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        changes.record("role", "alice", by=otto)


@pytest.mark.both_databases
def test_the_database_refuses_another_past(otto: User) -> None:
    changes.record("role", "alice", by=otto, before="member", after="admin")
    rows = Change._base_manager.filter(about="alice")
    for act in (lambda: rows.update(about="bob"), rows.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert rows.count() == 1


@pytest.mark.both_databases
def test_a_long_text_is_cut(otto: User) -> None:
    changes.record("limit", "x" * 201, by=otto, before="y" * 201, note="z" * 201)
    row = Change.objects.get()
    assert [len(text) for text in (row.about, row.before, row.note)] == [200, 200, 200]

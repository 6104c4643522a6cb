"""Days of one's own, and views that keep them."""

import datetime
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from spend import periods
from spend.models import SavedView
from tests import factories

pytestmark = pytest.mark.django_db

URL = reverse("spend:overview")
SAVE = reverse("spend:save_view")
TODAY = datetime.date(2026, 6, 10)
OWN = {"period": "own", "since": "2026-03-01", "until": "2026-03-31"}


def remove(view: SavedView) -> str:
    return reverse("spend:remove_view", args=[view.pk])


def restore(view: SavedView) -> str:
    return reverse("spend:restore_view", args=[view.pk])


def test_days_of_ones_own_are_compared_with_as_many_before() -> None:
    found = periods.chosen(OWN, TODAY)
    assert (str(found.period.start), str(found.period.end)) == tuple(
        OWN[name] for name in ("since", "until")
    )
    assert str(found.before.start) == "2026-01-29"
    assert len(found.before.days) == 31


def test_last_month_is_compared_with_the_one_before() -> None:
    found = periods.chosen({"period": "last_month"}, TODAY)
    assert (found.period.start.month, found.period.end.day) == (5, 31)
    assert (found.before.start.month, found.before.end.day) == (4, 30)


@pytest.mark.parametrize(
    ("days", "field"),
    [
        ({"since": "2026-03-31", "until": "2026-03-01"}, "until"),
        ({"since": "2024-01-01", "until": "2025-01-01"}, "until"),
        ({"since": "soon", "until": "2026-03-01"}, "since"),
        ({"since": "", "until": "2026-03-01"}, "since"),
    ],
)
def test_days_that_are_none_are_said_at_their_field(
    signed_in: Any, otto: User, days: dict[str, str], field: str
) -> None:
    page = signed_in(otto).get(URL, {"period": "own"} | days)
    assert page.status_code == 422
    assert page.context["period_form"].errors.keys() == {field}
    assert page.context["query"].chosen.name == "30"
    for value in filter(None, days.values()):
        assert f'value="{value}"' in page.text


def test_the_longest_period_is_a_leap_year(signed_in: Any, otto: User) -> None:
    days = {"period": "own", "since": "2024-01-01", "until": "2024-12-31"}
    page = signed_in(otto).get(URL, days)
    assert len(page.context["query"].period.days) == periods.MAX_DAYS
    assert page.status_code == 200


def test_every_number_and_file_keeps_ones_own_days(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    query = client.get(URL, OWN).context["query"]
    assert query.parameters["since"] == datetime.date(2026, 3, 1)
    for name in ("overview_csv", "focus_csv"):
        file = client.get(reverse(f"spend:{name}"), OWN)
        assert "2026-03-01-2026-03-31" in file["Content-Disposition"]


# --- Saved views


def test_a_view_keeps_the_page(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    query = "period=own&since=2026-03-01&until=2026-03-31&by=user&operation=flux"
    client.post(f"{SAVE}?{query}", {"name": "Spring"})
    (view,) = client.get(URL).context["views"]
    again = client.get(f"{URL}?{view.address}").context["query"]
    assert str(again.period.end) == "2026-03-31"
    assert (again.group, again.filters) == ("user", {"operation": "flux"})


def test_a_preset_moves_with_the_days(signed_in: Any, otto: User) -> None:
    signed_in(otto).post(f"{SAVE}?period=7", {"name": "Week"})
    assert "since" not in SavedView.objects.get().address


def test_a_view_is_ones_own_or_shared_with_admins(
    signed_in: Any, otto: User, oda: User, alice: User, bob: User
) -> None:
    client = signed_in(otto)
    client.post(SAVE, {"name": "Mine"})
    client.post(SAVE, {"name": "Ours", "is_shared": "on"})
    names = [view.name for view in signed_in(oda).get(URL).context["views"]]
    assert names == ["Ours"]
    bob.memberships.update(role="admin")
    assert not signed_in(bob).get(URL).context["views"]
    shared = SavedView.objects.get(name="Ours")
    for who in (oda, alice, bob):
        assert signed_in(who).post(remove(shared)).status_code == 404
        assert signed_in(who).post(restore(shared)).status_code == 404


def test_a_removed_view_comes_back(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    client.post(SAVE, {"name": "Mine"})
    view = SavedView.objects.get()
    page = client.post(remove(view), follow=True)
    assert not page.context["views"]
    assert restore(view) in page.text
    client.post(restore(view))
    assert [each.name for each in client.get(URL).context["views"]] == ["Mine"]


def test_a_name_is_given_once(signed_in: Any, otto: User) -> None:
    """A removed view does not block its name, and does not come back over a new one."""
    client = signed_in(otto)
    client.post(SAVE, {"name": "Mine"})
    first = SavedView.objects.get()
    answer = client.post(f"{SAVE}?period=7", {"name": "Mine"})
    assert answer.status_code == 422
    assert "You have a view of this name already." in answer.text
    assert 'value="Mine"' in answer.text
    client.post(remove(first))
    client.post(SAVE, {"name": "Mine"})
    client.post(restore(first))
    assert SavedView.objects.filter(removed_at=None).count() == 1


def test_a_view_has_a_name(signed_in: Any, otto: User) -> None:
    assert signed_in(otto).post(SAVE, {"name": "  "}).status_code == 422
    long = "x" * 600
    answer = signed_in(otto).post(f"{SAVE}?operation={long}", {"name": "Long"})
    assert answer.status_code == 422
    assert not SavedView.objects.exists()


def test_only_admins_keep_views(signed_in: Any, alice: User, mona: User) -> None:
    factories.team()
    for who in (alice, mona):
        assert signed_in(who).post(SAVE, {"name": "Mine"}).status_code == 404
    assert signed_in(alice).get(SAVE).status_code == 405


def test_views_of_one_person_are_not_endless(
    signed_in: Any, otto: User, oda: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removed ones count no more, and go after a day."""
    monkeypatch.setattr(SavedView, "MOST", 2)
    client = signed_in(otto)
    saved = [client.post(SAVE, {"name": name}).status_code for name in "abc"]
    assert saved == [302, 302, 422]
    refused = client.post(SAVE, {"name": "c"}).text
    assert "You have 2 views. Remove one to save another." in refused
    assert 'value="c"' in refused
    assert signed_in(oda).post(SAVE, {"name": "c"}).status_code == 302
    first = SavedView.objects.get(name="a")
    client = signed_in(otto)
    client.post(reverse("spend:remove_view", args=[first.pk]))
    assert client.post(SAVE, {"name": "c"}).status_code == 302
    back = reverse("spend:restore_view", args=[first.pk])
    assert "You have 2 views." in client.post(back, follow=True).text
    SavedView.objects.filter(pk=first.pk).update(
        removed_at=timezone.now() - SavedView.RESTORABLE * 2
    )
    client.post(SAVE, {"name": "d"})
    assert not SavedView.objects.filter(pk=first.pk).exists()

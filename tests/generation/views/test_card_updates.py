"""The poll: 204 without a change, changed cards, and its end."""

import re

import pytest
from django.db.models import F

from accounts.models import Membership
from generation.models import Generation
from tests import factories
from tests.pages import HTMX

pytestmark = pytest.mark.both_databases


@pytest.fixture
def ask(alice, signed_in):
    client = signed_in(alice)

    def poll(seen, **more):
        return client.get("/moving/", {"seen": seen, **more}, headers=HTMX)

    return poll


def bump(generation, **fields):
    Generation.objects.filter(pk=generation.pk).update(
        version=F("version") + 1, **fields
    )


def test_nothing_changed_is_said_in_one_query(ask, alice, django_assert_num_queries):
    made = factories.generation(alice, status="running")
    # Session, user, membership; then the rows themselves.
    with django_assert_num_queries(4):
        answer = ask(f"{made.pk}:1")
    assert (answer.status_code, answer.content) == (204, b"")


def test_how_many_are_ahead_takes_one_more(ask, alice, django_assert_num_queries):
    made = [factories.generation(alice, pictures=2) for _ in range(4)]
    seen = ",".join(f"{row.pk}:1:{2 * n}" for n, row in enumerate(made))
    with django_assert_num_queries(5):
        answer = ask(seen)
    assert answer.status_code == 204
    bump(made[0], status="submitting")  # not seen by this page
    answer = ask(f"{made[1].pk}:1:2,{made[3].pk}:1:6")
    part = answer.content.decode()
    assert "Waiting to send" in part
    assert "4 ahead" in part
    assert f'value="{made[1].pk}:1,{made[3].pk}:1:4"' in part


def test_what_is_ahead_at_another_gateway_is_not_counted(ask, alice):
    factories.generation(alice, provider="jumdata")
    made = factories.generation(alice)
    assert ask(f"{made.pk}:1").status_code == 204


def test_what_changed_comes_out_of_band(ask, alice):
    one, other = factories.generation(alice), factories.generation(alice)
    bump(one, status="submitting")
    answer = ask(f"{one.pk}:1,{other.pk}:1")
    part = answer.content.decode()
    assert f'id="generation-{one.pk}" hx-swap-oob="true"' in part
    assert f'id="generation-{other.pk}"' not in part
    assert f'value="{other.pk}:1,{one.pk}:2"' in part
    assert "Sending" in part


def test_when_nothing_moves_any_more_it_has_no_trigger(ask, alice):
    made = factories.generation(alice)
    bump(made, status="cancelled")
    part = ask(f"{made.pk}:1").content.decode()
    assert "Cancelled" in part
    assert "poll-tick" not in part.partition("</div>")[0]
    assert 'value=""' in part


def test_strangers_rows_are_not_told(ask, bob):
    made = factories.generation(bob)
    bump(made)
    answer = ask(f"{made.pk}:1")
    assert f"generation-{made.pk}" not in answer.content.decode()
    assert "poll-tick" not in answer.content.decode()


@pytest.mark.parametrize(
    "seen", ["", "x", "1", "1:", ":1", "1:x", "-1:2", "9" * 40 + ":1", "١:١", ",,,"]
)
def test_nonsense_is_not_asked_after(ask, seen):
    assert ask(seen).status_code == 204


def test_what_another_tab_submits_comes_on_top(ask, alice):
    """The feed's newest is told; what is newer comes once, and then moves with it."""
    known = factories.generation(alice)
    first, second = factories.generation(alice), factories.generation(alice)
    part = ask(f"{known.pk}:1", after=known.pk).content.decode()
    on_top = part.split('hx-swap-oob="afterbegin:#generations">')[1]
    assert on_top.index(f"generation-{second.pk}") < on_top.index(
        f"generation-{first.pk}"
    )
    assert f'name="after" value="{second.pk}"' in part
    seen = re.search(r'name="seen" value="([^"]+)"', part)[1]
    assert ask(seen, after=known.pk).status_code == 204


def test_a_feed_where_nothing_moves_learns_of_new_ones(ask, alice):
    assert ask("", after=0).status_code == 204
    made = factories.generation(alice)
    assert f"generation-{made.pk}" in ask("", after=0).content.decode()


def test_only_own_ones_of_this_team_come_on_top(ask, alice, mona, bob):
    factories.generation(mona)
    factories.generation(bob)
    elsewhere = factories.team("Elsewhere")
    factories.generation(alice, team=elsewhere)
    Membership.objects.create(user=alice, team=elsewhere)
    assert ask("", after=0).status_code == 204


def test_a_page_that_is_no_feed_is_told_of_no_new_ones(ask, alice):
    factories.generation(alice)
    assert ask("").status_code == 204


def test_the_balance_comes_with_each_change(ask, alice):
    made = factories.generation(alice)
    bump(made, status="cancelled")
    answer = ask(f"{made.pk}:1").content.decode()
    assert re.search('id="purse"[^>]* hx-swap-oob="true"', answer)


def test_a_page_of_one_keeps_all_its_frames(ask, alice):
    made = factories.generation(alice, pictures=20)
    bump(made)
    assert "and 8 more" in ask(f"{made.pk}:1").content.decode()
    whole = ask(f"{made.pk}:1", whole=1).content.decode()
    assert "and 8 more" not in whole
    assert whole.count('class="frame ') == 20


def test_only_a_get_asks(alice, signed_in):
    assert signed_in(alice).post("/moving/").status_code == 405

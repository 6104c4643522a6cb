"""Cancellation of one's own generation."""

from generation.models import Generation
from spend.models import Transfer
from tests import factories
from tests.pages import HTMX


def cancel(client, generation, **headers):
    return client.post(f"/generations/{generation.pk}/cancellation/", headers=headers)


def test_what_waits_here_is_given_up(alice, signed_in):
    made = factories.generation(alice)
    answer = cancel(signed_in(alice), made, **HTMX)
    made.refresh_from_db()
    assert made.status == Generation.Status.CANCELLED
    assert Transfer.objects.get(kind="release").amount == 4
    part = answer.content.decode()
    assert part.lstrip().startswith("<article")
    assert "4 integrals returned." in part
    assert 'hx-swap-oob="beforeend"' in part  # the toast
    assert "It costs nothing" in part


def test_too_late_is_said(alice, signed_in):
    made = factories.generation(alice, status=Generation.Status.SUBMITTING)
    part = cancel(signed_in(alice), made, **HTMX).content.decode()
    made.refresh_from_db()
    assert made.status == Generation.Status.SUBMITTING
    assert "Try again in a moment" in part
    assert not Transfer.objects.filter(kind="release").exists()


def test_without_htmx_it_leads_to_its_page(alice, signed_in):
    made = factories.generation(alice)
    assert cancel(signed_in(alice), made).url == f"/generations/{made.pk}/"


def test_nobody_else_may(alice, bob, mona, otto, signed_in):
    made = factories.generation(alice)
    for user in (bob, mona, otto):
        assert cancel(signed_in(user), made).status_code == 404
    made.refresh_from_db()
    assert made.status == Generation.Status.QUEUED


def test_only_a_post_cancels(alice, signed_in):
    made = factories.generation(alice)
    answer = signed_in(alice).get(f"/generations/{made.pk}/cancellation/")
    assert answer.status_code == 405

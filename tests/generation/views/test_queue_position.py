"""Queue positions on pages, in few queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.presenters.queue_position import PageQueue
from tests import factories, told_lists

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize("page", ["/", "/activity/"])
def test_queued_cards_cost_the_same_however_many(alice, signed_in, page):
    client = signed_in(alice)
    client.get(page)  # what a process reads once
    counts = []
    for _ in range(2):
        for _ in range(4):
            factories.generation(alice)
        with CaptureQueriesContext(connection) as statements:
            told = client.get(page).content.decode()
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert "Waiting to send, 7 ahead" in told


def test_the_live_line_counts_what_waits_here(alice, mona):
    for turn in range(5):
        factories.generation(alice, turn=turn, pictures=2)
    queue = PageQueue()
    # Hers would go with the first turn, his after his own.
    assert queue.ahead_of_next("wujie", mona) == 2
    assert queue.ahead_of_next("wujie", alice) == 10
    assert queue.ahead_of_next("jumdata", mona) == 0


def test_the_line_says_it(alice, mona, signed_in, sandbox):
    told_lists.refresh()
    factories.generation(alice, pictures=3)
    asked = {"operation": "wujie-drawing", **factories.PARAMETERS["wujie"]}
    told = signed_in(mona).post("/quote/", asked).content.decode()
    assert "3 ahead of you" in told

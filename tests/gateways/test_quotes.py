"""A price is asked for once in a while, whatever the words are."""

import datetime

import pytest
from django.core.cache import cache
from django.utils import timezone

from gateways import clients, quotes
from gateways.models import KnownPrice
from gateways.providers.errors import Refused, Unavailable
from generation.operations import OPERATIONS
from spend.units import Unit

pytestmark = pytest.mark.django_db

WUJIE = OPERATIONS["wujie-drawing"]
JUMDATA = OPERATIONS["jumdata-drawing"]
CLEANED = {"prompt": "山水", "model": "1", "size": "1024x1024", "pictures": 2}


@pytest.fixture(autouse=True)
def nothing_known():
    cache.clear()


def asked(sandbox):
    return sandbox.state()["requests"].get("wujie.price_info", 0)


def another_process():
    """Nothing is cached there; the database is the same."""
    cache.clear()


def test_the_gateway_tells_the_price(sandbox):
    quote = WUJIE.quote(CLEANED)
    assert (quote.cost, quote.unit) == (4, Unit.INTEGRAL)
    assert (quote.expected_seconds, quote.ahead) == (1, 0)


def test_jumdata_costs_an_image_a_picture():
    cleaned = {"prompt": "城", "resolution": "1024*1024", "style": "古风"}
    quote = JUMDATA.quote({**cleaned, "pictures": 3})
    assert (quote.cost, quote.unit) == (3, Unit.IMAGE)


def test_a_price_is_remembered(sandbox):
    first = WUJIE.quote(CLEANED)
    assert WUJIE.quote(CLEANED) == first
    assert asked(sandbox) == 1


@pytest.mark.parametrize(
    "words",
    [{"prompt": "another"}, {"negative_prompt": "hands"}, {"seed": "7"}],
    ids=lambda words: next(iter(words)),
)
def test_words_do_not_change_the_price(sandbox, words):
    WUJIE.quote(CLEANED)
    WUJIE.quote({**CLEANED, **words})
    assert asked(sandbox) == 1


@pytest.mark.parametrize(
    "other",
    [{"pictures": 3}, {"model": "4"}, {"size": "768x1024"}, {"cfg": 9.0}],
    ids=lambda other: next(iter(other)),
)
def test_everything_else_may(sandbox, other):
    WUJIE.quote(CLEANED)
    WUJIE.quote({**CLEANED, **other})
    assert asked(sandbox) == 2


def test_an_old_price_is_asked_for_again(sandbox):
    WUJIE.quote(CLEANED)
    another_process()
    WUJIE.quote(CLEANED)
    assert asked(sandbox) == 2


def test_the_last_known_price_serves_while_the_gateway_is_away(sandbox):
    known = WUJIE.quote(CLEANED)
    another_process()
    sandbox.switch(faults={"wujie.price_info": {"kind": "http_500"}})
    quote = WUJIE.quote(CLEANED)
    assert (quote.cost, quote.unit) == (known.cost, known.unit)
    assert quote.ahead is None  # the queue is another by now
    assert asked(sandbox) == 3  # it was asked, twice
    WUJIE.quote(CLEANED)
    assert asked(sandbox) == 3  # and is left alone for a while


def test_a_price_of_last_week_serves_no_longer(sandbox):
    WUJIE.quote(CLEANED)
    another_process()
    sandbox.switch(faults={"wujie.price_info": {"kind": "http_500"}})
    week = datetime.timedelta(days=7)
    KnownPrice.objects.update(told_at=timezone.now() - week + quotes.WRITE_INTERVAL)
    assert WUJIE.quote(CLEANED).cost == 4
    KnownPrice.objects.update(told_at=timezone.now() - week)
    with pytest.raises(Unavailable):
        WUJIE.quote(CLEANED)
    quotes.tidy()
    assert not KnownPrice.objects.exists()


def test_one_failure_refuses_nobody(sandbox):
    """Of each two requests the first one fails: the second one is its repetition."""
    sandbox.switch(faults={"wujie.price_info": {"kind": "html", "every": 2}})
    for pictures in range(1, 6):
        assert WUJIE.quote({**CLEANED, "pictures": pictures}).cost == 2 * pictures
    assert asked(sandbox) == 10
    assert sandbox.state()["faults"] == {"wujie.price_info html": 5}


def test_an_unchanged_price_is_rarely_written(sandbox, django_assert_num_queries):
    WUJIE.quote(CLEANED)
    another_process()
    with django_assert_num_queries(1):
        WUJIE.quote(CLEANED)
    with django_assert_num_queries(0):
        WUJIE.quote(CLEANED)
    stale = timezone.now() - quotes.WRITE_INTERVAL
    KnownPrice.objects.update(told_at=stale)
    another_process()
    WUJIE.quote(CLEANED)
    assert KnownPrice.objects.get().told_at > stale


def test_a_changed_price_replaces_the_known_one(sandbox):
    WUJIE.quote(CLEANED)
    KnownPrice.objects.update(cost=1)
    another_process()
    WUJIE.quote(CLEANED)
    assert KnownPrice.objects.get().cost == 4


@pytest.mark.parametrize("kind", ["http_500", "html", "missing_fields", "drop"])
def test_where_no_price_is_known_none_is_made_up(sandbox, kind):
    sandbox.switch(faults={"wujie.price_info": {"kind": kind}})
    with pytest.raises(Unavailable):
        WUJIE.quote(CLEANED)


def test_a_refusal_is_told_although_a_price_is_known(sandbox):
    WUJIE.quote(CLEANED)
    another_process()
    fault = {"kind": "code", "code": "20010015", "message": "暂时无法支持的尺寸"}
    sandbox.switch(faults={"wujie.price_info": fault})
    with pytest.raises(Refused, match="尺寸"):
        WUJIE.quote(CLEANED)


def test_a_price_stands_without_the_queue(sandbox):
    sandbox.switch(faults={"wujie.model_info": {"kind": "http_500"}})
    quote = WUJIE.quote(CLEANED)
    assert (quote.cost, quote.ahead) == (4, None)


def test_clients_are_one_a_process():
    assert clients.client("wujie") is clients.client("wujie")
    assert clients.client("wujie") is not clients.client("jumdata")

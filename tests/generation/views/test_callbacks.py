"""Callbacks: stored as received; they change no status and reveal nothing."""

import base64
import datetime
import json
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.test import Client
from django.utils import timezone

from gateways.providers.wujie.client import Wujie
from generation.models import Callback, Generation, ProviderTask
from generation.views import callbacks
from net import request_body
from spend.models import Transfer
from tests import factories

pytestmark = pytest.mark.both_databases

LATER = datetime.timedelta(minutes=5)


@pytest.fixture
def drawing(alice):
    generation = factories.generation(alice, status=Generation.Status.RUNNING)
    later = timezone.now() + LATER
    factories.task(generation, status="drawing", percent=40.0, poll_after=later)
    return generation


@pytest.fixture
def gateway():
    """Signed in nowhere, and strict about CSRF as a browser would be."""
    return Client(enforce_csrf_checks=True)


def address(generation):
    return f"/callbacks/{generation.callback_token}/"


def call(gateway, generation, body, **more):
    return gateway.generic(
        "POST", address(generation), body, content_type="application/json", **more
    )


def success(key="K", **said):
    """The documented payload of a success (contract §4.5)."""
    return json.dumps({"success": True, "code": 0, "key": key, **said}).encode()


def rows():
    """Everything that could move, but the time of the next look."""
    return (
        list(Generation.objects.values()),
        list(ProviderTask.objects.values("status", "cost", "is_booked", "percent")),
        Transfer.objects.count(),
    )


def test_it_answers_exactly_the_seven_bytes(gateway, drawing):
    answer = call(gateway, drawing, success())
    assert (answer.status_code, answer.content) == (200, b"success")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


def test_the_body_is_kept_as_it_came(gateway, drawing):
    body = b'{"odd":  "\xff\x00 bytes",}'
    call(gateway, drawing, body, HTTP_AUTHORIZATION='{"sign":"x"}', HTTP_COOKIE="a=b")
    kept = Callback.objects.get()
    assert bytes(kept.body) == body
    assert kept.generation == drawing
    assert kept.headers["Authorization"] == '{"sign":"x"}'
    assert "Cookie" not in kept.headers


def test_it_makes_the_task_due_and_moves_nothing(gateway, drawing):
    before = rows()
    call(gateway, drawing, success())
    assert drawing.tasks.get().poll_after <= timezone.now()
    assert rows() == before


FORGED = [
    b"",
    b"[]",
    b"null",
    b"not json",
    b'{"success": false, "code": 1, "fail_message": "x"}',
    b"[" * 20_000,
    success("not the key", integral_cost=0, integral_cost_message="积分已退还"),
    success(artwork_url="http://10.0.0.1/x.png", integral_cost=999_999),
]


@pytest.mark.parametrize("body", FORGED, ids=range(len(FORGED)))
def test_whatever_it_says_has_no_effect(gateway, drawing, body):
    before = rows()
    assert call(gateway, drawing, body).content == b"success"
    assert rows() == before


def test_a_replay_of_an_ended_one_has_no_effect(gateway, alice):
    artwork = factories.artwork(alice)
    before = rows()
    for _ in range(3):
        call(gateway, artwork.generation, success(artwork.task.key))
    assert rows() == before


def test_what_is_booked_is_asked_about_once_in_ten_minutes(gateway, alice):
    artwork, now = factories.artwork(alice), timezone.now()
    tasks = artwork.generation.tasks
    tasks.update(answered_at=now - datetime.timedelta(minutes=11))
    for _ in range(5):
        call(gateway, artwork.generation, success(artwork.task.key))
    assert tasks.get().poll_after <= timezone.now()
    tasks.update(answered_at=timezone.now(), poll_after=None)  # it was asked
    for _ in range(5):
        call(gateway, artwork.generation, success(artwork.task.key))
    wait = tasks.get().poll_after - timezone.now()
    assert 9 < wait.total_seconds() / 60 <= 10


@pytest.fixture
def known_key(monkeypatch):
    """The portal knows the gateway's public key; gives the gateway's own."""
    private = rsa.generate_private_key(65537, 2048)
    der = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    options = settings.GATEWAYS["wujie"]
    made = Wujie(**{**options, "public_key": base64.b64encode(der).decode()})
    monkeypatch.setattr(callbacks, "client_of", lambda *_: made)
    yield private
    made.close()


def signature(private, original='{"appId":"x","timestamp":1700000000}'):
    sign = private.sign(original.encode(), PKCS1v15(), SHA256())
    signed = {"sign": base64.b64encode(sign).decode(), "original": original}
    return {"HTTP_AUTHORIZATION": json.dumps(signed)}


def test_what_is_signed_wrongly_is_dropped_and_answered_alike(
    gateway, drawing, known_key
):
    stranger = rsa.generate_private_key(65537, 2048)
    answer = call(gateway, drawing, success(), **signature(stranger))
    assert answer.content == b"success"
    assert not Callback.objects.exists()
    assert drawing.tasks.get().poll_after > timezone.now()


def claim(**change):
    said = {"appId": settings.GATEWAYS["wujie"]["app_id"], "timestamp": time.time()}
    return json.dumps(said | change)


def test_what_the_gateway_signed_is_heard_as_its_own(gateway, drawing, known_key):
    call(gateway, drawing, success(), **signature(known_key, claim()))
    assert Callback.objects.get().is_signed
    assert drawing.tasks.get().poll_after <= timezone.now()


@pytest.mark.parametrize("change", [{"appId": "x"}, {"timestamp": 1_700_000_000}])
def test_signed_for_another_or_long_ago_it_counts_as_unsigned(
    gateway, drawing, known_key, change
):
    call(gateway, drawing, success(), **signature(known_key, claim(**change)))
    assert not Callback.objects.get().is_signed
    assert drawing.tasks.get().poll_after <= timezone.now()


def test_what_is_not_signed_is_heard_too(gateway, drawing, known_key):
    call(gateway, drawing, success())
    assert not Callback.objects.get().is_signed
    assert drawing.tasks.get().poll_after <= timezone.now()


def test_without_the_gateways_key_nothing_counts_as_signed(gateway, drawing):
    private = rsa.generate_private_key(65537, 2048)
    call(gateway, drawing, success(), **signature(private, claim()))
    assert not Callback.objects.get().is_signed


def test_it_touches_no_other_generation(gateway, drawing, bob):
    other = factories.generation(bob, status=Generation.Status.RUNNING)
    task = factories.task(other, poll_after=timezone.now() + LATER)
    call(gateway, drawing, success(task.key))
    assert other.tasks.get().poll_after > timezone.now()


@pytest.mark.parametrize("token", ["x", "0" * 43, "..", "%00", "a" * 3000])
def test_an_unknown_address_does_not_exist(gateway, drawing, token):
    answer = gateway.post(f"/callbacks/{token}/", success(), "application/json")
    assert answer.status_code == 404
    assert not Callback.objects.exists()


def test_an_address_cannot_be_guessed(drawing, alice):
    other = factories.generation(alice)
    assert len(drawing.callback_token) >= 43  # 256 bits
    assert drawing.callback_token != other.callback_token


@pytest.mark.parametrize("method", ["get", "put", "delete", "head", "options"])
def test_only_a_post_is_a_callback(gateway, drawing, method):
    answer = getattr(gateway, method)(address(drawing))
    assert answer.status_code == 405
    assert not Callback.objects.exists()


def test_a_huge_body_does_not_exist(gateway, drawing):
    answer = call(gateway, drawing, b"x" * (request_body.ANONYMOUS_BYTES + 1))
    assert answer.status_code == 404
    assert not Callback.objects.exists()
    assert drawing.tasks.get().poll_after > timezone.now()
    body = b"x" * request_body.ANONYMOUS_BYTES
    assert call(gateway, drawing, body).status_code == 200


def test_a_flood_is_answered_and_not_kept(gateway, drawing, monkeypatch):
    monkeypatch.setattr(callbacks, "MOST_KEPT", 3)
    for _ in range(5):
        assert call(gateway, drawing, success()).content == b"success"
    assert Callback.objects.count() == 3


def test_a_flood_of_unsigned_ones_keeps_no_signed_one_out(
    gateway, drawing, known_key, monkeypatch
):
    monkeypatch.setattr(callbacks, "MOST_KEPT", 3)
    for _ in range(5):
        call(gateway, drawing, success())
    for _ in range(4):
        call(gateway, drawing, success(), **signature(known_key, claim()))
    assert Callback.objects.filter(is_signed=True).count() == 3


@pytest.mark.usefixtures("drawing_lasts")
def test_a_picture_is_found_at_once_after_a_callback(gateway, wanted, reaches, sandbox):
    generation = wanted()
    reaches(generation, Generation.Status.RUNNING)
    generation.tasks.update(poll_after=timezone.now() + LATER)
    sandbox.finish()
    assert sandbox.state()["jobs_by_stage"].get("done") == 1
    call(gateway, generation, success())
    reaches(generation, Generation.Status.DONE)

import base64
import hashlib
import json
import time
from urllib.parse import parse_qsl

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from gateways.providers.base import Order
from gateways.providers.jumdata.signatures import Digest
from gateways.providers.wujie.signatures import (
    is_forged,
    is_signed,
    load_private_key,
    load_public_key,
)


def test_wujie_signs_exactly_what_original_says(wujie, gateway, key):
    gateway.answer({"code": "200", "data": {"balance": 1}})
    wujie.balance()
    header = json.loads(gateway.request.headers["Authorization"])
    assert set(header) == {"secretKeyVersion", "appId", "sign", "original"}
    signature = base64.b64decode(header["sign"], validate=True)
    public = key.public_key()
    public.verify(signature, header["original"].encode(), PKCS1v15(), SHA256())
    with pytest.raises(InvalidSignature):
        public.verify(signature, b"something else", PKCS1v15(), SHA256())


def test_wujie_original_is_alphabetical_without_spaces_in_seconds(wujie, gateway):
    gateway.answer({"code": "200", "data": {"balance": 1}})
    before = int(time.time())
    wujie.balance()
    header = json.loads(gateway.request.headers["Authorization"])
    stamp = json.loads(header["original"])["timestamp"]
    assert header["original"] == f'{{"appId":"wjtest","timestamp":{stamp}}}'
    assert before <= stamp <= time.time()
    assert header["secretKeyVersion"] == "1"
    assert header["appId"] == "wjtest"


def test_wujie_signs_every_request_afresh(wujie, gateway, monkeypatch):
    for now in (1_700_000_000, 1_700_000_999):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        gateway.answer({"code": "200", "data": {"balance": 1}})
        wujie.balance()
    originals = [
        json.loads(json.loads(request.headers["Authorization"])["original"])
        for request in gateway.requests
    ]
    assert [o["timestamp"] for o in originals] == [1_700_000_000, 1_700_000_999]


def encoded(key, how, encoding=serialization.Encoding.DER):
    return key.private_bytes(encoding, how, serialization.NoEncryption())


PKCS8 = serialization.PrivateFormat.PKCS8
PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL


@pytest.mark.parametrize("how", [PKCS8, PKCS1])
def test_a_private_key_in_one_line_is_read(key, how):
    line = base64.b64encode(encoded(key, how)).decode()
    assert load_private_key(f" {line}\n").private_numbers() == key.private_numbers()


@pytest.mark.parametrize("how", [PKCS8, PKCS1])
def test_a_private_key_as_pem_is_read(key, how):
    pem = encoded(key, how, serialization.Encoding.PEM).decode()
    assert load_private_key(pem).private_numbers() == key.private_numbers()


def test_pkcs8_in_the_armour_of_pkcs1_is_read(key):
    line = base64.encodebytes(encoded(key, PKCS8)).decode()
    pem = f"-----BEGIN RSA PRIVATE KEY-----\n{line}-----END RSA PRIVATE KEY-----\n"
    assert load_private_key(pem).private_numbers() == key.private_numbers()


def test_an_unreadable_key_is_refused_without_showing_it(private_key):
    for broken in ("", "not base64!", "AAAA", private_key[:-40]):
        with pytest.raises(ValueError, match="private key is not") as caught:
            load_private_key(broken)
        assert len(str(caught.value)) < 60


def test_a_key_that_is_not_rsa_is_refused():
    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ValueError, match="not an RSA key"):
        load_private_key(base64.b64encode(encoded(other, PKCS8)).decode())


def test_a_public_key_is_no_private_key():
    public = rsa.generate_private_key(65537, 1024).public_key()
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    with pytest.raises(ValueError, match="not readable"):
        load_private_key(base64.b64encode(der).decode())


def test_jumdata_digest_of_the_vendors_example(monkeypatch):
    """Seed 002 prints the inputs; the digest is by ``sha256sum``."""
    monkeypatch.setattr(time, "time_ns", lambda: 1_555_378_976_238_123_456)
    auth = Digest("xyzxy2121zxyz", "efcefcef1121cefcefc1212121")
    request = httpx.Request("POST", "https://api.example/", data={"num": 1})
    form = dict(parse_qsl(next(auth.sync_auth_flow(request)).content.decode()))
    assert form == {
        "num": "1",
        "appId": "xyzxy2121zxyz",
        "timestamp": "1555378976238",
        "sign": "6ddcdc405743c576cb6d34b17b47ed56e2b9b6670fae1fe85ed01244fd31558b",
    }


def test_jumdata_sends_a_form_with_milliseconds_and_the_secret_in_the_middle(
    jumdata, gateway, sample
):
    gateway.answer(sample("jumdata_draw_submit.response_success"))
    body = {"text": "山 & 水=?", "resolution": "1024*1024", "style": "古风", "num": 2}
    before = time.time_ns() // 1_000_000
    jumdata.submit(Order("/ai/draw/submit", body, 2))
    request = gateway.request
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert int(request.headers["Content-Length"]) == len(request.content)
    form = dict(parse_qsl(request.content.decode(), strict_parsing=True))
    stamp = form.pop("timestamp")
    assert len(stamp) == 13
    assert before <= int(stamp) <= time.time_ns() // 1_000_000
    expected = hashlib.sha256(b"jmtest" + b"secret" + stamp.encode()).hexdigest()
    assert form.pop("sign") == expected
    assert form.pop("appId") == "jmtest"
    assert form == {**body, "num": "2"}


def test_jumdata_never_sends_the_secret_or_a_product_code(jumdata, gateway, sample):
    gateway.answer(sample("jumdata_draw_query.response_success_done"))
    jumdata.detail("xxxx")
    sent = gateway.request.content + repr(gateway.request.headers).encode()
    assert b"secret" not in sent
    assert b"productCode" not in sent


def spki(key, encoding=serialization.Encoding.DER):
    return key.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


def signed(key, claim='{"appId":"wjtest","timestamp":1700000000}', **change):
    sign = base64.b64encode(key.sign(claim.encode(), PKCS1v15(), SHA256())).decode()
    return json.dumps({"appId": "wjtest", "sign": sign, "original": claim, **change})


def test_what_the_gateway_signed_is_not_forged(key):
    assert not is_forged(signed(key), key.public_key())


def test_what_someone_else_signed_is_forged(key):
    other = rsa.generate_private_key(65537, 2048)
    assert is_forged(signed(other), key.public_key())


@pytest.mark.parametrize("change", [{"original": "{}"}, {"sign": "?"}, {"sign": 1}])
def test_what_was_changed_on_the_way_is_forged(key, change):
    assert is_forged(signed(key, **change), key.public_key())


@pytest.mark.parametrize(
    "header", ["", "Bearer x", "[]", "7", '{"sign": "x"}', "[" * 20_000]
)
def test_what_is_not_signed_is_neither_forged_nor_signed(key, header):
    assert not is_forged(header, key.public_key())
    assert not is_signed(header, key.public_key(), "wjtest")


@pytest.mark.parametrize(
    ("claim", "is_good"),
    [
        ({"appId": "wjtest", "timestamp": 1_700_000_000}, True),
        ({"appId": "wjtest", "timestamp": 1_700_000_000 - 299}, True),
        ({"appId": "wjtest", "timestamp": "1700000000"}, True),
        ({"appId": "another", "timestamp": 1_700_000_000}, False),
        ({"appId": "wjtest", "timestamp": 1_700_000_000 - 302}, False),
        ({"appId": "wjtest", "timestamp": 1_700_000_000 + 302}, False),
        ({"appId": "wjtest", "timestamp": None}, False),
        ({"appId": "wjtest", "timestamp": float("nan")}, False),
        ({"timestamp": 1_700_000_000}, False),
        ({"appId": "wjtest"}, False),
        (["wjtest"], False),
    ],
)
def test_signed_counts_for_its_account_and_a_few_minutes(
    key, monkeypatch, claim, is_good
):
    monkeypatch.setattr(time, "time", lambda: 1_700_000_001.0)
    header = signed(key, claim=json.dumps(claim))
    assert is_signed(header, key.public_key(), "wjtest") is is_good
    stranger = rsa.generate_private_key(65537, 2048).public_key()
    assert not is_signed(header, stranger, "wjtest")
    assert not is_signed(signed(key, original="{}"), key.public_key(), "wjtest")


def test_a_public_key_is_read_as_the_console_shows_it_and_as_pem(key):
    public = key.public_key()
    bare = base64.b64encode(spki(public)).decode()
    pem = spki(public, serialization.Encoding.PEM).decode()
    assert load_public_key(bare) == load_public_key(pem) == public


def test_nonsense_is_no_public_key(key):
    for broken in ("", "x", base64.b64encode(encoded(key, PKCS8)).decode()):
        with pytest.raises(ValueError, match="public key is not"):
            load_public_key(broken)
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(ValueError, match="not an RSA key"):
        load_public_key(base64.b64encode(spki(other)).decode())

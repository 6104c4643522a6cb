"""Faults by switch: each is seen on the wire, and is used up as told."""

import io
import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from PIL import Image

DRAWING = {"model": 1, "num": 1, "prompt": "x", "width": 512, "height": 512}


def create(client, **kwargs):
    return client.http.post(
        "/wj-open/v1/ai/create",
        json=DRAWING,
        headers={"Authorization": client.account.authorization()},
        **kwargs,
    )


def jobs(client):
    return len(client.state()["jobs"])


def strike(client, endpoint, kind, **rule):
    client.flip(faults={endpoint: {"kind": kind, "times": 1, **rule}})


@pytest.mark.parametrize(
    ("kind", "status", "created"),
    [
        ("http_500", 500, 0),
        ("html", 502, 0),
        ("empty", 200, 1),
        ("not_json", 200, 1),
        ("half_json", 200, 1),
    ],
)
def test_answers_that_are_no_envelope(client, kind, status, created):
    strike(client, "wujie.create", kind)
    answer = create(client)
    assert answer.status_code == status
    if kind != "http_500":
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            answer.json()
    assert jobs(client) == created
    assert create(client).json()["code"] == "200"


@pytest.mark.parametrize(
    ("kind", "created"), [("drop", 1), ("drop_before", 0), ("truncated", 1)]
)
def test_connections_that_end_too_early(client, kind, created):
    strike(client, "wujie.create", kind)
    with pytest.raises(httpx.RemoteProtocolError):
        create(client)
    assert jobs(client) == created
    assert create(client).json()["code"] == "200"


def test_a_late_answer_comes_after_the_work(client):
    strike(client, "wujie.create", "late_answer", seconds=5)
    with pytest.raises(httpx.ReadTimeout):
        create(client, timeout=0.2)
    assert jobs(client) == 1


def test_a_late_answer_can_be_let_go(client):
    strike(client, "wujie.create", "late_answer", seconds=60)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(create, client, timeout=60)
        client.eventually(lambda: jobs(client) == 1)
        client.finish()
        assert answer.result().json()["code"] == "200"


def test_a_slow_answer_drips_but_is_whole(client):
    strike(client, "wujie.create", "slow", seconds=0.5)
    began = time.monotonic()
    assert create(client).json()["code"] == "200"
    assert time.monotonic() - began > 0.4


def test_a_huge_answer_is_huge_and_still_json(client):
    strike(client, "wujie.create", "huge", megabytes=3)
    answer = create(client)
    assert len(answer.content) > 3_000_000
    assert answer.json()["code"] == "200"


def test_business_codes_in_the_types_of_each_gateway(client):
    strike(client, "wujie.create", "code", code="20010018", message="锁竞争")
    answer = create(client)
    assert answer.status_code == 200
    assert answer.json() == {"code": "20010018", "message": "锁竞争", "data": None}
    strike(client, "jumdata.submit", "code", code=609, message="请求过于频繁")
    form = client.account.form(text="x", resolution="1024*1024", style="古风")
    reply = client.http.post("/ai/draw/submit", data=form).json()
    assert reply == {"code": 609, "msg": "请求过于频繁", "charge": False}
    strike(client, "wujie.create", "unknown_code")
    assert create(client).json()["code"] == "29990099"
    assert jobs(client) == 0


def test_works_overrules_what_is_usual(client):
    strike(client, "wujie.create", "http_500", works=True)
    assert create(client).status_code == 500
    assert jobs(client) == 1


def test_http_503_can_say_when_to_come_back(client):
    strike(client, "wujie.create", "http_500", status=503, seconds=7)
    answer = create(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")


def test_polls_that_lie(client):
    (key,) = client.create()
    strike(client, "wujie.generating_info", "missing_fields")
    assert client.poll(key) == {key: {"key": key}}
    strike(client, "wujie.generating_info", "unknown_status")
    assert client.poll(key)[key]["status"] == 99
    strike(client, "wujie.generating_info", "forget")
    assert client.poll(key) == {}
    assert client.poll(key)[key]["status"] in (2, 4)


def test_one_key_can_be_forgotten_where_one_is_asked_about(client):
    (key,) = client.create()
    strike(client, "wujie.info", "forget")
    assert client.wujie("GET", "/ai/info", key=key)["code"] == "20010001"
    assert client.wujie("GET", "/ai/info", key=key)["code"] == "200"
    form = {"text": "x", "resolution": "1024*1024", "style": "古风"}
    task = client.jumdata("submit", **form)["data"]["taskId"]
    strike(client, "jumdata.query", "forget")
    assert client.jumdata("query", taskId=task)["code"] == 201
    assert client.jumdata("query", taskId=task)["code"] == 200


def test_a_balance_can_drift_with_no_job(client):
    truth = client.balance()
    client.flip(faults={"wujie.balance": {"kind": "drift", "amount": 50}})
    seen = {client.balance() for _ in range(20)}
    assert len(seen) > 1
    assert all(abs(value - truth) <= 50 for value in seen)
    client.flip(faults=None)
    assert client.balance() == truth


def test_results_that_lie(client):
    url = client.drawn()["picture_url"]

    def fetch(kind, **rule):
        strike(client, "cdn.result", kind, **rule)
        return client.http.get(url)

    wrong = fetch("wrong_type")
    assert wrong.headers["content-type"].startswith("image/")
    assert wrong.content.startswith(b"<!DOCTYPE html>")
    moved = fetch("redirect", location="http://10.0.0.1/x.png")
    assert (moved.status_code, moved.headers["Location"]) == (
        302,
        "http://10.0.0.1/x.png",
    )
    assert fetch("not_found").status_code == 404
    assert len(fetch("huge", megabytes=2).content) > 2_000_000
    assert client.http.get(url).status_code == 200


def test_a_bomb_is_small_and_claims_to_be_vast(client):
    url = client.drawn()["picture_url"]
    strike(client, "cdn.result", "bomb")
    answer = client.http.get(url)
    assert len(answer.content) < 200_000
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(answer.content))


def test_times_skip_and_patterns(client):
    client.flip(
        faults={"wujie.*": [{"kind": "code", "code": "1", "times": 2, "skip": 1}]}
    )
    codes = [create(client).json()["code"] for _ in range(4)]
    assert codes == ["200", "1", "1", "200"]
    assert client.state()["faults"] == {"wujie.create code": 2}


def test_only_what_names_it_is_struck(client):
    key, other = (client.drawn()["key"] for _ in range(2))
    broken = {"kind": "http_500", "about": key}
    client.flip(faults={"wujie.generating_info": broken, "wujie.info": broken})
    signed = {"Authorization": client.account.authorization()}
    root = "/wj-open/v1/ai"
    asked = [
        client.http.post(f"{root}/generating_info", json=[each], headers=signed)
        for each in (key, other)
    ]
    asked += [
        client.http.get(f"{root}/info", params={"key": each}, headers=signed)
        for each in (key, other)
    ]
    assert [answer.status_code for answer in asked] == [500, 200, 500, 200]


def test_a_rate_strikes_some(client):
    client.flip(faults={"*": {"kind": "code", "rate": 0.5}})
    codes = [create(client).json()["code"] for _ in range(60)]
    # Wrong once in 10**15 runs.
    assert 4 < codes.count("200") < 56


def test_the_admin_address_is_never_struck(client):
    client.flip(faults={"*": {"kind": "http_500"}})
    assert client.http.get("/sandbox/state").status_code == 200


def test_a_fault_is_taken_away_by_null(client):
    client.flip(faults={"wujie.create": {"kind": "http_500"}})
    client.flip(faults={"wujie.create": None})
    assert create(client).json()["code"] == "200"


@pytest.mark.parametrize(
    "rule", [{}, {"kind": "nonsense"}, {"kind": "drop", "tmies": 1}, "drop"]
)
def test_a_wrong_rule_is_refused(client, rule):
    answer = client.http.post("/sandbox/switches", json={"faults": {"*": rule}})
    assert answer.status_code == 400
    assert "faults.*" in answer.json()["error"]
    assert (
        json.loads(client.http.get("/sandbox/state").text)["switches"]["faults"] == {}
    )


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        ("wujie.create", "flip"),
        ("wujie.job", "drop"),
        ("jumdata.job", "flip"),
        ("callback", "http_500"),
        ("forged", "twice"),
        ("cdn.result", "garbage"),
    ],
)
def test_a_kind_that_never_strikes_there_is_refused(client, endpoint, kind):
    faults = {"faults": {endpoint: {"kind": kind}}}
    answer = client.http.post("/sandbox/switches", json=faults)
    assert answer.status_code == 400
    assert "never strikes there" in answer.json()["error"]


def test_a_pattern_strikes_where_its_kind_makes_sense(client):
    client.flip(faults={"*": {"kind": "instant"}}, draw_seconds=60)
    (key,) = client.create()
    assert client.status(key) == 4
    assert client.state()["faults"] == {"wujie.job instant": 1}

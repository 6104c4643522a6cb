"""Callbacks: what is posted, how often, and where it may go."""

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256


class Receiver(ThreadingHTTPServer):
    """Answers with ``answers`` in turn, the last one for ever."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Inbox)
        self.calls = []
        self.answers = ["success"]

    def url(self, path="/callbacks/secret"):
        return f"http://127.0.0.1:{self.server_port}{path}"


class Inbox(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        calls, answers = self.server.calls, self.server.answers
        answer = answers[min(len(calls), len(answers) - 1)].encode()
        try:
            read = json.loads(body)
        except ValueError:
            read = None
        calls.append((time.time(), self.path, read, dict(self.headers), body))
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


@pytest.fixture
def receiver():
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_each_key_is_called_back_once(client, receiver):
    keys = client.create(num=3, notify_url=receiver.url("/callbacks/x?y=1"))
    client.eventually(lambda: len(receiver.calls) >= 3)
    time.sleep(0.2)
    assert sorted(call[2]["key"] for call in receiver.calls) == sorted(keys)
    assert {call[1] for call in receiver.calls} == {"/callbacks/x?y=1"}
    assert all(call[0] >= client.job(call[2]["key"])["end"] for call in receiver.calls)
    assert "Authorization" not in receiver.calls[0][3]
    client.eventually(lambda: all(client.job(key)["told"] for key in keys))


def test_the_payload_agrees_with_the_poll(client, receiver):
    (key,) = client.create(prompt="bikini", notify_url=receiver.url())
    client.eventually(lambda: receiver.calls)
    payload, item = receiver.calls[0][2], client.finished(key)
    assert payload["success"] is True
    assert payload["code"] == 0
    assert payload["audit_info"]["total_suggestion"] == "REVIEW"
    for name in ("key", "integral_cost", "integral_cost_message", "complete_time"):
        assert payload[name] == item[name]
    picture = client.http.get(payload["artwork_url"])
    assert picture.content == client.http.get(item["picture_url"]).content


def test_a_failure_is_called_back_with_a_text(client, receiver):
    client.create(prompt="sandbox:fail", notify_url=receiver.url())
    client.eventually(lambda: receiver.calls)
    payload = receiver.calls[0][2]
    assert (payload["success"], payload["code"]) == (False, 1)
    assert isinstance(payload["fail_message"], str)
    assert not {"artwork_url", "audit_info"} & payload.keys()


def test_it_retries_until_it_reads_success(client, receiver):
    receiver.answers = ["no", '"success"', "success\n", "success"]
    client.flip(callback_scale=0.02)
    (key,) = client.create(notify_url=receiver.url())
    client.eventually(lambda: client.job(key)["told"])
    times = [at for at, _ in client.job(key)["callbacks"]]
    gaps = [later - former for former, later in pairwise(times)]
    assert len(gaps) == 3
    # 5, 10 and 30 seconds, 50 times as fast.
    for gap, documented in zip(gaps, (5, 10, 30), strict=True):
        assert documented * 0.0199 < gap < documented * 0.5
    time.sleep(0.2)
    assert len(receiver.calls) == 4


def test_it_gives_up_after_five_retries(client, receiver):
    receiver.answers = ["no"]
    client.flip(callback_scale=0.001)
    (key,) = client.create(notify_url=receiver.url())
    client.eventually(lambda: len(receiver.calls) == 6)
    time.sleep(0.3)
    assert len(receiver.calls) == 6
    job = client.job(key)
    assert job["told"] is False
    assert [outcome for _, outcome in job["callbacks"]] == ["HTTP 200: no"] * 6


def test_a_cancelled_job_is_not_called_back(client, receiver):
    client.flip(channels={"wujie": 1}, draw_seconds=3600)
    first, second = client.create(num=2, notify_url=receiver.url())
    assert client.cancel(second) == "200"
    client.finish()
    client.eventually(lambda: receiver.calls)
    time.sleep(0.4)
    assert [call[2]["key"] for call in receiver.calls] == [first]


def test_a_job_that_moved_up_is_called_back_at_its_new_end(client, receiver):
    client.flip(channels={"wujie": 1}, draw_seconds=1)
    _, second, third = client.create(num=3, notify_url=receiver.url())
    before = client.job(third)["end"]
    assert client.cancel(second) == "200"
    client.eventually(lambda: len(receiver.calls) == 2)
    at, _, payload, *_ = receiver.calls[1]
    assert payload["key"] == third
    assert client.job(third)["end"] <= at
    assert client.job(third)["end"] < before - 0.5


def test_nothing_outside_this_machine_is_called(client):
    (key,) = client.create(notify_url="http://192.0.2.1/callback")
    client.eventually(lambda: client.job(key)["callbacks"])
    (_, outcome), *_ = client.job(key)["callbacks"]
    assert "not on this machine" in outcome


def test_a_callback_can_be_signed(client, receiver, account):
    client.flip(callback_signed=True)
    client.create(notify_url=receiver.url())
    client.eventually(lambda: receiver.calls)
    header = json.loads(receiver.calls[0][3]["Authorization"])
    account.key.public_key().verify(
        base64.b64decode(header["sign"]),
        header["original"].encode(),
        padding.PKCS1v15(),
        SHA256(),
    )


@pytest.mark.parametrize(("kind", "calls"), [("drop", 1), ("twice", 2)])
def test_a_callback_can_be_lost_or_doubled(client, receiver, kind, calls):
    client.flip(callback_scale=0.01, faults={"callback": {"kind": kind, "times": 1}})
    (key,) = client.create(notify_url=receiver.url())
    client.eventually(lambda: client.job(key)["told"])
    assert len(receiver.calls) == calls
    first = client.job(key)["callbacks"][0][1]
    assert first == ("dropped" if kind == "drop" else "success")


def test_a_late_callback_is_overtaken(client, receiver):
    late = {"kind": "late", "seconds": 0.6, "times": 1}
    client.flip(channels={"wujie": 1}, faults={"callback": late})
    first, second = client.create(num=2, notify_url=receiver.url())
    client.eventually(lambda: len(receiver.calls) == 2)
    assert [call[2]["key"] for call in receiver.calls] == [second, first]
    client.eventually(lambda: client.job(first)["told"])
    assert len(client.job(first)["callbacks"]) == 1


def test_a_callback_can_come_again_much_later(client, receiver):
    again = {"kind": "twice", "seconds": 0.5, "times": 1}
    client.flip(faults={"callback": again})
    (key,) = client.create(notify_url=receiver.url())
    client.eventually(lambda: len(receiver.calls) == 2)
    first, second = receiver.calls
    assert second[0] - first[0] > 0.4
    for name in ("key", "success", "integral_cost", "complete_time"):
        assert second[2][name] == first[2][name]
    assert len(client.job(key)["callbacks"]) == 1


def forged(client, receiver, kind, **rule):
    """What arrives for a job that is far from its end, and that job's key."""
    client.flip(draw_seconds=60, faults={"forged": {"kind": kind, **rule}})
    (key,) = client.create(notify_url=receiver.url())
    client.eventually(lambda: receiver.calls)
    return receiver.calls[0], key


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("early", {"success": True, "code": 0}),
        ("other_cost", {"success": True, "integral_cost": 1_000_000}),
        ("foreign_address", {"artwork_url": "http://10.0.0.1/forged.png"}),
        ("false_failure", {"success": False, "integral_cost_message": "积分已退还"}),
    ],
)
def test_what_no_job_earned_is_posted(client, receiver, kind, said):
    call, key = forged(client, receiver, kind)
    assert call[1] == "/callbacks/secret"
    assert call[2]["key"] == key
    assert said.items() <= call[2].items()
    job = client.job(key)
    assert (job["callbacks"], job["told"], job["paid"]) == ([], False, 0)
    client.eventually(lambda: client.state()["forged"] == {"success": 1})


def test_a_forgery_names_another_jobs_key(client, receiver):
    (other,) = client.create()
    call, key = forged(client, receiver, "foreign_key")
    assert call[2]["key"] == other != key
    assert call[2]["success"] is True


def test_a_forgery_may_be_no_callback_at_all(client, receiver):
    call, _ = forged(client, receiver, "garbage")
    assert call[2] is None
    assert len(call[4]) == 300


def test_a_forgery_may_be_large_and_comes_when_it_is_told_to(client, receiver):
    began = time.time()
    call, _ = forged(client, receiver, "oversized", megabytes=2, seconds=0.4)
    assert len(call[4]) > 2_000_000
    assert call[0] - began > 0.4
    assert client.state()["faults"] == {"forged oversized": 1}


def test_a_reset_forgets_pending_callbacks(client, receiver):
    client.create(notify_url=receiver.url())
    client.http.post("/sandbox/reset", json={})
    time.sleep(0.5)
    assert receiver.calls == []


def test_an_undelivered_callback_survives_a_kill(own_process, own_client, receiver):
    receiver.answers = ["no", "success"]
    own_client.flip(callback_scale=0.1)
    (key,) = own_client.create(notify_url=receiver.url())
    own_client.eventually(lambda: receiver.calls)
    own_process.kill()
    assert len(receiver.calls) == 1
    own_process.start()
    own_client.eventually(lambda: own_client.job(key)["told"])
    assert len(receiver.calls) == 2

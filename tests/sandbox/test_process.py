"""The process: it starts, is killed, remembers, and stops; and its own address."""

import http.client
import subprocess
import threading
import time

import httpx
import pytest


def test_it_remembers_its_jobs_after_a_kill(own_process, own_client):
    own_client.flip(draw_seconds=0.6, channels={"wujie": 1}, balance=500)
    done = own_client.drawn(prompt="bikini")
    drawing, waiting, cancelled = own_client.create(num=3)
    assert own_client.cancel(cancelled) == "200"
    task = own_client.jumdata(
        "submit", text="山", resolution="1024*1024", style="古风"
    )["data"]["taskId"]
    before = {job["key"]: job for job in own_client.state()["jobs"]}
    own_process.kill()
    own_process.start()
    after = {job["key"]: job for job in own_client.state()["jobs"]}
    fixed = ("start", "end", "cancelled", "expected", "prompt", "batch")
    assert before.keys() == after.keys()
    for key, job in before.items():
        assert [job[name] for name in fixed] == [after[key][name] for name in fixed]
    again = own_client.poll(done["key"])[done["key"]]
    assert again["status"] == 4
    assert own_client.http.get(again["picture_url"]).status_code == 200
    assert own_client.status(cancelled) == -1
    assert own_client.finished(drawing)["status"] == 4
    assert own_client.finished(waiting)["status"] == 4
    assert own_client.balance() == 500 - 3 * 2
    own_client.eventually(
        lambda: own_client.jumdata("query", taskId=task)["data"]["status"] == 1
    )


def test_what_moved_up_and_ended_does_not_move_back(own_process, own_client):
    own_client.flip(draw_seconds=0.3, channels={"wujie": 1})
    _, *between, last = own_client.create(num=20)
    for key in between:
        assert own_client.cancel(key) == "200"
    assert own_client.finished(last)["status"] == 4
    end = own_client.job(last)["end"]
    own_process.kill()
    own_process.start()
    assert own_client.status(last) == 4
    assert own_client.job(last)["end"] == end


def test_it_queues_behind_what_was_before_the_kill(own_process, own_client):
    own_client.flip(draw_seconds=60, channels={"wujie": 1})
    own_client.create(num=2)
    own_process.kill()
    own_process.start()
    (new,) = own_client.create()
    assert own_client.poll(new)[new]["queue_before_num"] == 1
    # Two drawings of a minute before its own, less the seconds the restart took.
    assert 170 < own_client.poll(new)[new]["expected_seconds"] <= 180


def test_it_keeps_every_answered_job_when_killed_under_load(own_process, own_client):
    """Whatever was answered is known afterwards; nothing is paid for and forgotten."""
    keys = []

    def hammer():
        with pytest.raises(httpx.TransportError):
            while True:
                keys.extend(own_client.create(num=3))

    thread = threading.Thread(target=hammer)
    thread.start()
    own_client.eventually(lambda: len(keys) > 60)
    own_process.kill()
    thread.join()
    own_process.start()
    known = {job["key"] for job in own_client.state()["jobs"]}
    assert set(keys) <= known
    # The one request that was under way may have been kept unanswered.
    assert len(known) - len(keys) in (0, 3)


def test_it_stops_at_once_even_with_open_requests(own_process, own_client):
    own_client.flip(faults={"wujie.create": {"kind": "late_answer", "seconds": 60}})
    failed = []

    def wait():
        try:
            own_client.create()
        except httpx.TransportError as error:
            failed.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    own_client.eventually(lambda: own_client.state()["jobs"])
    began = time.monotonic()
    assert own_process.stop() == 0
    assert time.monotonic() - began < 30
    thread.join()
    assert failed
    own_process.start()


def test_a_taken_port_is_told_in_one_line(process, tmp_path):
    command = process.command()
    command[command.index("--data-dir") + 1] = str(tmp_path)
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2
    assert ended.stderr == f"sandbox: 127.0.0.1:{process.port} is already in use\n"


def test_unreadable_credentials_are_told_in_one_line(process, tmp_path):
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"wujie": {"app_id": "x", "public_key": "AAAA"}}')
    command = process.command()
    command[command.index("--credentials") + 1] = str(wrong)
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2
    assert ended.stderr.startswith("sandbox: cannot read the credentials")
    assert ended.stderr.count("\n") == 1


def test_switches_merge_and_survive_a_restart(own_process, own_client):
    own_client.flip(draw_seconds=0.5, channels={"jumdata": 7})
    own_process.kill()
    own_process.start()
    switches = own_client.state()["switches"]
    assert switches["draw_seconds"] == 0.5
    assert switches["channels"] == {"wujie": 4, "jumdata": 7}
    own_client.flip(draw_seconds=None)
    assert own_client.state()["switches"]["draw_seconds"] == 6.0


@pytest.mark.parametrize(
    "change",
    [
        [],
        {"no_such": 1},
        {"draw_seconds": "1"},
        {"draw_seconds": -1},
        {"draw_seconds": True},
        {"callback_signed": 1},
        {"channels": {"wujie": 0}},
        {"channels": {"other": 1}},
        {"balance": 5, "no_such": 1},
    ],
)
def test_wrong_switches_change_nothing(client, change):
    before = client.state()["switches"]
    answer = client.http.post("/sandbox/switches", json=change)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert client.state()["switches"] == before


def test_another_site_cannot_flip_switches(client):
    """A form of another site can send plain text, but not JSON."""
    answer = client.http.post("/sandbox/switches", content='{"balance": 1}')
    assert answer.status_code == 415
    assert client.balance() == 100_000


def test_the_state_is_the_account_of_the_truth(client):
    done = client.drawn(notify_url="")
    client.create(prompt="sandbox:stuck")
    client.drawn(prompt="sandbox:fail")
    state = client.state()
    account = state["accounts"][client.account.app_id]
    assert account == {
        "gateway": "wujie",
        "jobs": 3,
        "paid": 2,
        "reserved": 2,
        "balance": 99_996,
    }
    assert state["jobs_by_stage"] == {"done": 1, "drawing": 1, "failed": 1}
    assert state["requests"]["wujie.create"] == 3
    assert client.job(done["key"])["paid"] == 2
    assert "jobs" not in client.http.get("/sandbox/state?jobs=no").json()


def test_the_page_says_what_this_is(client):
    page = client.http.get("/").text
    assert "This is the wjportal sandbox" in page
    for word in ("bikini", "裸体", "sandbox:check_fail", "draw_seconds", "late_answer"):
        assert word in page


def test_a_body_that_is_too_large_is_refused(client):
    answer = client.http.post("/wj-open/v1/ai/create", content=b" " * 4_000_001)
    assert answer.status_code == 413


def test_connections_are_kept(process):
    connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=5)
    connection.request("GET", "/")
    connection.getresponse().read()
    first = connection.sock
    assert first is not None
    connection.request("POST", "/wj-open/v1/ai/create", body="{}")
    connection.getresponse().read()
    assert connection.sock is first
    connection.close()

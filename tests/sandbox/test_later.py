"""Jobs that become another thing after their end: done, given back, charged again."""

import httpx

COST = 2
START = 100_000


def struck(client, kind, **rule):
    """The key of a job of that kind, once it has ended."""
    client.flip(faults={"wujie.job": {"kind": kind, "times": 1, **rule}})
    (key,) = client.create()
    client.finished(key)
    return key


def costs(client, key):
    """What the poll says, and what the sandbox's own account says."""
    item, job = client.poll(key)[key], client.job(key)
    own = (job["charged"], job["refunded"], job["paid"])
    return (item["status"], item["integral_cost"], item["integral_cost_message"]), own


def test_a_failure_turns_out_to_be_done(client):
    key = struck(client, "flip", seconds=1.5)
    assert costs(client, key) == ((3, 0, "积分已退还"), (0, 0, 0))
    assert client.poll(key)[key]["picture_url"] == ""
    assert client.balance() == START
    client.eventually(lambda: client.status(key) == 4)
    assert costs(client, key) == ((4, COST, "积分已扣除"), (COST, 0, COST))
    assert client.info(key)["status"] == 4
    url = client.poll(key)[key]["picture_url"]
    assert client.http.get(url).status_code == 200
    assert client.balance() == START - COST


def test_a_failure_is_charged_and_given_back_later(client):
    key = struck(client, "refund_later", seconds=1.5)
    assert costs(client, key) == ((3, COST, "积分已扣除"), (COST, 0, COST))
    assert client.balance() == START - COST
    client.eventually(lambda: client.job(key)["refunded"])
    assert costs(client, key) == ((3, 0, "积分已退还"), (COST, COST, 0))
    assert client.balance() == START


def test_a_final_charge_becomes_another(client):
    key = struck(client, "recharge", seconds=1.5, factor=3)
    assert costs(client, key) == ((4, COST, "积分已扣除"), (COST, 0, COST))
    assert client.balance() == START - COST
    client.eventually(lambda: client.job(key)["paid"] == 3 * COST)
    more = 3 * COST
    assert costs(client, key) == ((4, more, "积分已扣除"), (more, 0, more))
    assert client.balance() == START - more


def test_a_job_can_end_before_anybody_asks(client):
    client.flip(draw_seconds=60, faults={"*": {"kind": "instant"}})
    (key,) = client.create()
    assert client.status(key) == 4
    form = {"text": "x", "resolution": "1024*1024", "style": "古风"}
    task = client.jumdata("submit", **form)["data"]["taskId"]
    assert client.jumdata("query", taskId=task)["data"]["status"] == 1
    faults = {"wujie.job instant": 1, "jumdata.job instant": 1}
    assert client.state()["faults"] == faults


def test_what_comes_later_survives_a_kill(own_process, own_client):
    key = struck(own_client, "flip", seconds=2)
    again = struck(own_client, "recharge", seconds=2)
    own_process.kill()
    own_process.start()
    with httpx.Client(base_url=own_process.url, trust_env=False) as http:
        own_client.http = http
        own_client.eventually(lambda: own_client.status(key) == 4)
        own_client.eventually(lambda: own_client.job(again)["paid"] == 2 * COST)
        assert own_client.balance() == START - 3 * COST


def test_the_account_of_each_paid_job_stands_in_the_state(client, account):
    (key,) = client.create(prompt="a ford", seed="77")
    client.finished(key)
    job = client.job(key)
    assert (job["account"], job["prompt"], job["seed"]) == (
        account.app_id,
        "a ford",
        "77",
    )
    assert (job["charged"], job["refunded"], job["settled"]) == (COST, 0, True)


def test_what_was_cancelled_cost_nothing(client):
    client.flip(channels={"wujie": 1}, draw_seconds=60)
    _, second = client.create(num=2)
    assert client.cancel(second) == "200"
    job = client.job(second)
    assert (job["charged"], job["refunded"], job["paid"]) == (0, 0, 0)
    assert client.balance() == START - COST

"""The life of a job from submit to its end, the queue, and the money on the way."""

import time

import pytest


def test_a_job_is_submitted_queued_drawn_and_done(client):
    client.flip(
        channels={"wujie": 1}, submit_seconds=0.15, draw_seconds=0.4, balance=1000
    )
    first, second = client.create(num=2)
    seen = {first: [], second: []}
    deadline = time.monotonic() + 5
    while seen[second][-1:] != [4]:
        assert time.monotonic() < deadline, seen
        for key, item in client.poll(first, second).items():
            if seen[key][-1:] != [item["status"]]:
                seen[key].append(item["status"])
    assert seen[first][0] in (0, 11)
    assert seen[first][1:] == [2, 4]
    assert seen[second][0] in (0, 11)
    assert seen[second][1:] == [1, 2, 4]


def test_both_codes_for_submitted_are_used(client):
    client.flip(submit_seconds=60)
    statuses = {item["status"] for item in client.poll(*client.create(num=40)).values()}
    assert statuses == {0, 11}


def test_the_queue_counts_who_is_ahead(client):
    client.flip(channels={"wujie": 2}, draw_seconds=60)
    keys = client.create(num=5)
    items = client.poll(*keys)
    assert [items[key]["status"] for key in keys] == [2, 2, 1, 1, 1]
    assert [items[key]["queue_before_num"] for key in keys] == [0, 0, 0, 1, 2]
    assert [items[key]["expected_seconds"] for key in keys] == [60, 60, 120, 120, 180]
    assert items[keys[4]]["start_gen_time"] == items[keys[4]]["complete_time"] == 0
    assert items[keys[4]]["reduce_time"] == 30
    info = client.wujie("GET", "/ai/model_info", model=1)["data"]
    assert info == {"expected_seconds": 150, "queue_num": 3, "reduce_time": 30}


def test_percent_and_times_move_while_drawing(client):
    client.flip(draw_seconds=60)
    (key,) = client.create()
    early = client.eventually(
        lambda: next(i for i in [client.poll(key)[key]] if i["status"] == 2)
    )
    time.sleep(0.3)
    late = client.poll(key)[key]
    assert 0 <= early["complete_percent"] < late["complete_percent"] < 100
    assert early["picture_url"] == early["audit_info"] == ""
    assert abs(early["start_gen_time"] - time.time()) < 60
    client.finish()
    done = client.finished(key)
    assert done["complete_percent"] == 100
    assert done["expected_seconds"] == 0
    assert abs(done["complete_time"] - time.time()) < 60


def test_all_that_is_drawn_or_waits_can_be_ended_at_once(client):
    client.flip(channels={"wujie": 1}, draw_seconds=3600)
    (stuck,) = client.create(prompt="sandbox:stuck")
    keys = client.create(num=2)
    client.finish()
    items = client.poll(*keys, stuck)
    assert [items[key]["status"] for key in keys] == [4, 4]
    assert items[stuck]["status"] == 2
    assert items[keys[1]]["complete_percent"] == 100
    assert client.balance() == 100_000 - 4 - 2  # the stuck one is only estimated
    (later,) = client.create()
    assert client.poll(later)[later]["status"] in (0, 1, 2)  # its channel is free
    client.finish()
    assert client.poll(later)[later]["status"] == 4


def test_the_poll_leaves_out_what_is_not_mine(client, stranger):
    (key,) = client.create()
    assert client.poll(key, "F" * 32).keys() == {key}
    assert client.as_(stranger).poll(key) == {}
    assert client.as_(stranger).wujie("GET", "/ai/info", key=key)["code"] == "20010001"
    assert client.as_(stranger).cancel(key) == "20010001"


@pytest.mark.parametrize("body", [{"keys": []}, [1], "x"])
def test_the_poll_takes_only_a_bare_array(client, body):
    assert client.wujie("POST", "/ai/generating_info", body)["code"] == "20010001"


def test_cancel_refunds_and_moves_the_others_up(client):
    client.flip(channels={"wujie": 1}, draw_seconds=60)
    drawing, second, third, fourth = client.create(num=4)
    before = client.balance()
    assert client.cancel(second) == "200"
    items = client.poll(second, third, fourth)
    assert items[second]["status"] == -1
    assert items[second]["integral_cost"] == 0
    assert items[second]["integral_cost_message"] == "积分已退还"
    assert client.balance() == before + 2
    assert [items[k]["queue_before_num"] for k in (third, fourth)] == [0, 1]
    assert [items[k]["expected_seconds"] for k in (third, fourth)] == [120, 180]
    assert client.cancel(second) == "20110011"
    assert client.cancel(drawing) == "20110011"
    assert client.status(drawing) == 2


def test_a_cancelled_job_frees_its_place_for_new_ones(client):
    client.flip(channels={"wujie": 1}, draw_seconds=0.3)
    _, second = client.create(num=2)
    client.cancel(second)
    (third,) = client.create()
    jobs = {job["key"]: job for job in client.state()["jobs"]}
    assert jobs[third]["end"] < jobs[third]["created"] + 0.65
    assert client.finished(third)["status"] == 4


def test_accelerating_moves_forward_and_costs(client):
    client.flip(channels={"wujie": 1}, draw_seconds=60)
    client.create()
    *_, last = (client.create()[0] for _ in range(4))
    before = client.balance()
    reply = client.wujie("POST", "/ai/accelerate", {"key": last, "step_num": 2})
    assert reply["code"] == "200"
    assert client.poll(last)[last]["queue_before_num"] == 1
    assert client.balance() == before - 4
    assert client.job(last)["expected"] == 6


def test_accelerating_what_does_not_wait_is_refused(client):
    client.flip(draw_seconds=60)
    (key,) = client.create()
    reply = client.wujie("POST", "/ai/accelerate", {"key": key, "step_num": 1})
    assert reply["code"] == "20110009"
    assert client.job(key)["expected"] == 2


def test_accelerating_moves_the_whole_batch_and_each_picture_pays(client):
    client.flip(channels={"wujie": 1}, draw_seconds=60)
    client.create(num=3)
    first, second = client.create(num=2)
    before = client.balance()
    waiting = client.poll(first, second)
    assert [waiting[k]["queue_before_num"] for k in (first, second)] == [2, 3]
    # What one place saves: a drawing's time, on one channel.
    assert waiting[first]["reduce_time"] == 60
    reply = client.wujie("POST", "/ai/accelerate", {"key": second, "step_num": 2})
    assert (reply["code"], reply["data"]) == ("200", "success")
    moved = client.poll(first, second)
    assert [moved[k]["queue_before_num"] for k in (first, second)] == [0, 1]
    assert moved[first]["expected_seconds"] < waiting[first]["expected_seconds"]
    assert client.balance() == before - 2 * 2 * 2


def test_what_was_accelerated_costs_it_in_the_end(client):
    client.flip(channels={"wujie": 1}, draw_seconds=0.5)
    client.create(num=2)
    (last,) = client.create()
    client.wujie("POST", "/ai/accelerate", {"key": last, "step_num": 1})
    assert client.finished(last)["integral_cost"] == 4


@pytest.mark.parametrize("steps", [0, -1, "2", 1.5, True, None])
def test_places_are_whole_numbers_above_zero(client, steps):
    client.flip(channels={"wujie": 1}, draw_seconds=60)
    _, key = client.create(num=2)
    body = {"key": key, "step_num": steps}
    assert client.wujie("POST", "/ai/accelerate", body)["code"] == "20010001"
    assert client.job(key)["expected"] == 2


@pytest.mark.parametrize(
    ("endpoint", "code"), [("accelerate", "20110009"), ("cancel", "20110011")]
)
def test_a_race_is_lost_on_purpose(client, endpoint, code):
    """The job goes on as it was, whoever says that it is not queued any more."""
    client.flip(channels={"wujie": 1}, draw_seconds=60)
    _, key = client.create(num=2)
    rule = {"kind": "code", "code": code, "times": 1}
    client.flip(faults={f"wujie.{endpoint}": rule})
    body = {"key": key, "step_num": 1}
    assert client.wujie("POST", f"/ai/{endpoint}", body)["code"] == code
    assert (client.status(key), client.job(key)["expected"]) == (1, 2)
    assert client.wujie("POST", f"/ai/{endpoint}", body)["code"] == "200"


def test_more_channels_let_the_waiting_start(client):
    client.flip(channels={"wujie": 1}, draw_seconds=60)
    keys = client.create(num=3)
    client.flip(channels={"wujie": 3})
    assert {item["status"] for item in client.poll(*keys).values()} == {2}


def test_the_charge_follows_the_job(client):
    client.flip(draw_seconds=0.4, cost_factor=1.5, settling_seconds=0.5)
    (key,) = client.create()
    running = client.poll(key)[key]
    assert (running["integral_cost"], running["integral_cost_message"]) == (
        0,
        "积分扣除中，请稍后查询",
    )
    done = client.finished(key)
    assert done["integral_cost_message"] == "积分扣除中，请稍后查询"
    assert client.balance() == 99_998
    final = client.eventually(
        lambda: next((i for i in [client.poll(key)[key]] if i["integral_cost"]), None)
    )
    assert (final["integral_cost"], final["integral_cost_message"]) == (3, "积分已扣除")
    assert client.balance() == 99_997
    line = client.job(key)
    assert (line["expected"], line["paid"], line["settled"]) == (2, 3, True)


def test_a_free_job_says_so(client):
    client.flip(cost_factor=0)
    item = client.drawn()
    assert (item["integral_cost"], item["integral_cost_message"]) == (0, "不需要积分")
    assert client.balance() == 100_000


def test_history_is_newest_first_and_zero_based(client, stranger):
    keys = client.create(num=5)
    client.as_(stranger).create()

    def page(number, **changes):
        body = {
            "ai_artwork_type": "PICTURE",
            "page_num": number,
            "page_size": 2,
            **changes,
        }
        return client.wujie("POST", "/ai/artwork/history", body)

    listed = [[i["key"] for i in page(n)["data"]["list"]] for n in range(4)]
    assert listed == [keys[:2:-1], keys[2:0:-1], keys[:1], []]
    assert page(0)["data"]["total"] == 5
    assert page(0, ai_artwork_type="AVATAR")["data"]["list"] == []
    assert page(0, page_size=101)["code"] == "20010001"


def test_info_gives_the_request_back(client):
    (key,) = client.create(
        seed="12345",
        style=["水彩", "国风"],
        artists=["莫奈"],
        uc_prompt="blurry",
        steps=30,
        model_fusion=[{"key": "MF01", "weight": 0.6}],
    )
    info = client.info(key)
    assert info["seed"] == "12345"
    assert (info["style"], info["artist"]) == ("水彩,国风", "莫奈")
    assert (info["uc_prompt"], info["steps"], info["type"]) == ("blurry", 30, 1)
    assert info["model_fusion"] == [{"name": "晨辉", "weight": 0.6}]


def test_the_catalogue_names_what_create_takes(client):
    models = client.wujie("GET", "/ai/model_base_infos")["data"]
    assert {1, 127, 700} <= {model["model_code"] for model in models}
    menu = client.wujie("GET", "/ai/default_resource", model=1)["data"]
    options = menu["create_option_menu"]
    size = options["resolution_new"]["resolution_list"][0]
    style = options["style"][0]
    assert client.http.get(style["url"]).headers["content-type"] == "image/jpeg"
    reply = client.ask(
        model=models[0]["model_code"],
        style=[style["name"]],
        width=size["width"],
        height=size["height"],
    )
    assert reply["code"] == "200"
    assert client.wujie("GET", "/ai/default_resource", model=9)["code"] == "20010001"
    style_models = client.wujie("GET", "/ai/default_resource_style_model")["data"]
    assert style_models["style_model"][0]["name"] == "肤若凝脂"


def test_an_unknown_address_is_said_in_the_envelope(client):
    answer = client.http.get("/wj-open/v1/ai/nothing")
    assert answer.status_code == 404
    assert answer.json()["code"] == "SANDBOX404"


def test_estimates_may_be_off(client):
    client.flip(draw_seconds=100, estimate_spread=0.5, channels={"wujie": 40})
    items = client.poll(*client.create(num=40)).values()
    told = [item["expected_seconds"] for item in items]
    assert 50 <= min(told) < 90 < 110 < max(told) <= 150

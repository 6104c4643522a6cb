"""Jumdata's two calls (seed 002)."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest

GOOD = {"text": "一座山", "resolution": "1024*1024", "style": "古风"}


def finished(client, task_id):
    return client.eventually(
        lambda: next(
            (
                data
                for data in [client.jumdata("query", taskId=task_id)["data"]]
                if data["status"] == 1
            ),
            None,
        )
    )


def test_a_task_is_submitted_and_finished(client):
    reply = client.jumdata("submit", **GOOD, num=3)
    assert (reply["code"], reply["msg"], reply["charge"]) == (200, "成功", True)
    assert re.fullmatch(r"\d{24}", reply["taskNo"])
    task_id = reply["data"]["taskId"]
    running = client.jumdata("query", taskId=task_id)
    assert (running["code"], running["charge"]) == (200, False)
    assert running["data"]["status"] == 0
    assert not running["data"].get("img")
    data = finished(client, task_id)
    images = [entry["image"] for entry in data["imgUrls"]]
    assert len(set(images)) == 3
    assert data["img"] == images[0]
    contents = {client.http.get(image).content for image in images}
    assert len(contents) == 3
    beijing = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=8)
    created = datetime.strptime(data["createTime"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
    assert abs(created - beijing) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("changes", "code", "msg"),
    [
        ({"text": ""}, 400, "text不能为空"),
        ({"text": "长" * 101}, 400, "text长度不能超过100"),
        ({"resolution": "1024x1024"}, 400, "分辨率值不正确"),
        ({"resolution": "512*512"}, 400, "分辨率值不正确"),
        ({"style": "写实"}, 400, "风格值不正确"),
        ({"num": 0}, 400, "num值不正确"),
        ({"num": 7}, 400, "num值不正确"),
        ({"num": "two"}, 400, "num值不正确"),
        ({"text": "违禁词"}, 202, "文本黄反拦截"),
        ({"text": "裸体"}, 202, "文本黄反拦截"),
    ],
)
def test_it_refuses(client, changes, code, msg):
    reply = client.jumdata("submit", **{**GOOD, **changes})
    assert (reply["code"], reply["msg"], reply["charge"]) == (code, msg, False)
    assert "data" not in reply
    assert client.state()["jobs"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "长" * 100},
        {"style": "low poly"},
        {"style": "low poly "},
        {"resolution": "1536*1024", "num": 6},
        {"productCode": "ignored"},
    ],
)
def test_it_takes(client, changes):
    assert client.jumdata("submit", **{**GOOD, **changes})["code"] == 200


def test_all_seventeen_styles_are_taken(client):
    # As the vendor's page lists them.
    printed = """
        探索无限、古风、二次元、写实风格、浮世绘、low poly、未来主义、像素风格、
        概念艺术、赛博朋克、洛丽塔风格、巴洛克风格、超现实主义、水彩画、蒸汽波艺术、油画、卡通画
    """
    styles = [style.strip() for style in printed.split("、")]
    assert len(styles) == 17
    for style in styles:
        assert client.jumdata("submit", **{**GOOD, "style": style})["code"] == 200


def test_a_query_names_what_is_wrong(client, stranger):
    assert client.jumdata("query")["msg"] == "taskId不能为空"
    assert client.jumdata("query", taskId="x")["code"] == 201
    task_id = client.jumdata("submit", **GOOD)["data"]["taskId"]
    assert client.as_(stranger).jumdata("query", taskId=task_id)["code"] == 201


def test_a_task_id_expires(client):
    task_id = client.jumdata("submit", **GOOD)["data"]["taskId"]
    client.flip(task_seconds=0)
    time.sleep(0.01)
    assert client.jumdata("query", taskId=task_id)["code"] == 201


def test_it_bills_pictures_at_submit(client):
    task_id = client.jumdata("submit", **GOOD, num=4)["data"]["taskId"]
    account = client.account.jumdata_id
    assert client.state()["accounts"][account]["reserved"] == 4
    finished(client, task_id)
    assert client.state()["accounts"][account]["paid"] == 4


def test_what_fails_never_ends(client):
    task_id = client.jumdata("submit", **{**GOOD, "text": "sandbox:fail"})["data"][
        "taskId"
    ]
    time.sleep(0.5)
    assert client.jumdata("query", taskId=task_id)["data"]["status"] == 0


def test_an_unknown_address_has_its_code(client):
    reply = client.http.post("/ai/draw/other", data={}).json()
    assert (reply["code"], reply["msg"]) == (404, "接口地址不正确")

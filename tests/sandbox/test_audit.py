"""Each verdict of the audit can be produced on purpose, by words in the prompt."""

import json

import pytest

WORDS = [
    ("a lighthouse", "PASS", {}),
    ("a nudelsuppe, presidential", "PASS", {}),
    ("woman in a Bikini", "REVIEW", {"sexy": "review"}),
    ("穿比基尼的人", "REVIEW", {"sexy": "review"}),
    ("two people kissing", "REVIEW", {"porn": "review", "sexy": "review"}),
    ("sandbox:porn_review", "REVIEW", {"porn": "review", "sexy": "review"}),
    ("sword fight at dawn", "REVIEW", {"terrorism": "review"}),
    ("刀剑", "REVIEW", {"terrorism": "review"}),
    ("election poster", "REVIEW", {"politics": "review"}),
    ("选举", "REVIEW", {"politics": "review"}),
    ("sandbox:review", "REVIEW", {"politics": "review"}),
    ("一支香烟", "REVIEW", {"prohibition": "review"}),
    ("sandbox:block", "BLOCK", {"terrorism": "block"}),
    ("裸体", "BLOCK", {"porn": "block", "sexy": "block"}),
    ("election, massacre", "BLOCK", {"politics": "review", "terrorism": "block"}),
]


@pytest.mark.parametrize(("prompt", "total", "labels"), WORDS)
def test_words_decide_the_verdict(client, prompt, total, labels):
    item = client.drawn(prompt=prompt)
    assert item["status"] == 4
    audit = json.loads(item["audit_info"])
    assert audit["total_suggestion"] == total
    scenes = {scene["label"]: scene for scene in audit["scan_scene_d_t_o_s"]}
    plain = dict.fromkeys(
        ("politics", "terrorism", "porn", "prohibition", "sexy"), "pass"
    )
    assert {n: s["suggestion"] for n, s in scenes.items()} == {**plain, **labels}
    assert all(0.5 <= scene["rate"] <= 1 for scene in scenes.values())
    assert audit["check_fail"] is False


def test_the_same_key_has_the_same_audit(client):
    item = client.drawn(prompt="bikini")
    again = client.poll(item["key"])[item["key"]]

    def without_addresses(text):
        return {**json.loads(text), "url": ""}

    assert without_addresses(item["audit_info"]) == without_addresses(
        again["audit_info"]
    )


def test_an_offending_picture_is_masked_in_info_only(client):
    item = client.drawn(prompt="a nude figure")
    assert item["involve_yellow"] == 1
    assert "/cdn/ai/" in item["picture_url"]
    info = client.info(item["key"])
    assert info["involve_yellow"] == 1
    assert info["picture_url"].endswith("/cdn/placeholder/involve_yellow.png")
    assert client.http.get(info["picture_url"]).headers["content-type"] == "image/png"
    assert client.drawn(prompt="bikini")["involve_yellow"] == 0


def test_the_check_can_fail(client):
    audit = json.loads(client.drawn(prompt="sandbox:check_fail")["audit_info"])
    assert audit["check_fail"] is True
    assert audit["total_suggestion"] == "PASS"


def test_the_audit_can_be_missing(client):
    item = client.drawn(prompt="sandbox:no_audit")
    assert item["status"] == 4
    assert "audit_info" not in item
    assert "audit_info" not in client.info(item["key"])


def test_the_audit_can_have_its_older_form(client):
    item = client.drawn(prompt="sandbox:old_audit bikini")
    audit = json.loads(item["audit_info"])
    assert audit["vendor"] == 1
    result = json.loads(audit["result"])
    porn, terrorism = result["results"]
    assert (porn["scene"], porn["label"], porn["suggestion"]) == (
        "porn",
        "sexy",
        "review",
    )
    assert (terrorism["label"], terrorism["suggestion"]) == ("normal", "pass")
    assert 90 < terrorism["rate"] <= 100


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"prompt": "sandbox:fail"}, 3),
        ({"prompt": "sandbox:fail12"}, 12),
        ({"seed": "abc"}, 3),
    ],
)
def test_a_generation_can_fail(client, changes, status):
    item = client.drawn(**changes)
    assert item["status"] == status
    assert item["fail_message"]["fail_code"] == 1
    assert item["fail_message"]["fail_message"] != "success"
    assert (item["picture_url"], item["audit_info"]) == ("", "")
    assert (item["integral_cost"], item["integral_cost_message"]) == (0, "积分已退还")
    assert client.balance() == 100_000
    assert client.info(item["key"])["technology_info"] is None


def test_a_stuck_job_never_ends_and_blocks_nobody(client):
    client.flip(channels={"wujie": 1})
    (stuck,) = client.create(prompt="sandbox:stuck")
    assert client.drawn()["status"] == 4
    item = client.poll(stuck)[stuck]
    assert item["status"] == 2
    assert item["expected_seconds"] >= 1
    assert 0 < item["complete_percent"] < 100
    assert client.job(stuck)["end"] is None


def test_a_charge_can_fall_short(client):
    item = client.drawn(prompt="sandbox:short")
    assert item["integral_cost_message"] == "积分不足, 部分扣款失败"
    assert item["integral_cost"] == 1
    assert client.balance() == 99_999

"""What ``/ai/create`` takes and refuses, and what it says it will cost."""

import pytest


def test_each_picture_gets_its_own_key(client):
    data = client.ask(num=3)["data"]
    assert len(set(data["keys"])) == 3
    assert [result["key"] for result in data["results"]] == data["keys"]
    assert len({result["batch_task_key"] for result in data["results"]}) == 1
    assert all(result["expected_second"] >= 0 for result in data["results"])
    assert all(len(k) == 32 and k == k.upper() and int(k, 16) for k in data["keys"])


@pytest.mark.parametrize(
    "changes",
    [
        {"model": None},
        {"model": 99999},
        {"model": "1"},
        {"num": 0},
        {"num": 101},
        {"num": 1.5},
        {"model": 500, "num": 3},
        {"prompt": None},
        {"prompt": "  "},
        {"prompt": "长" * 1501},
        {"uc_prompt": "x" * 1001},
        {"width": None},
        {"width": "512"},
        {"cfg": 0.5},
        {"cfg": 31},
        {"clip_skip": 13},
        {"creativity_degree": 101},
        {"super_size_multiple": 5},
        {"prefine_multiple": 2.5},
        {"steps": 0},
        {"style": "水彩"},
        {"style": ["水彩"] * 11},
        {"style": [1]},
        {"model_fusion": [{"key": "MF01"}] * 6},
        {"seed": 5},
        {"pattern": "NOTHING"},
    ],
)
def test_it_refuses_what_the_contract_forbids(client, changes):
    reply = client.ask(**changes)
    assert reply["code"] == "20010001", reply
    assert reply["message"].startswith("非法参数")
    assert client.state()["jobs"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"num": 100},
        {"num": None},
        {"model": 500, "num": 4},
        {"prompt": "长" * 1500},
        {"uc_prompt": "x" * 1000},
        {"cfg": 1},
        {"width": 1344, "height": 64},
        {"style": ["水彩"], "artists": ["莫奈"]},
        {"not_in_the_contract": {"x": 1}},
        {"notify_url": "www.without-scheme.com"},
    ],
)
def test_it_takes_what_the_contract_allows(client, changes):
    assert client.ask(**changes)["code"] == "200"


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 1345 + 64},
        {"height": 32},
        {"width": 1088, "height": 512, "prefine_multiple": 2},
        {"width": 1024, "height": 640, "prefine_multiple": 1.5},
    ],
)
def test_it_refuses_sizes_with_their_own_code(client, changes):
    assert client.ask(**changes)["code"] == "20010015"


@pytest.mark.parametrize(
    ("asked", "given"), [(64, 64), (96, 64), (97, 128), (1000, 1024), (1376, 1344)]
)
def test_sizes_are_aligned_to_64(client, asked, given):
    (key,) = client.create(width=asked)
    assert client.info(key)["width"] == given


@pytest.mark.parametrize("body", ["[]", '"text"', "no json"])
def test_it_refuses_a_body_that_is_no_object(client, body):
    answer = client.http.post(
        "/wj-open/v1/ai/create",
        content=body,
        headers={"Authorization": client.account.authorization()},
    )
    assert answer.status_code == 200
    assert answer.json()["code"] == "20010001"


@pytest.mark.parametrize(
    "prompt", ["a forbidden thing", "有违禁词的画", "sandbox:refuse"]
)
def test_a_refused_prompt_costs_nothing(client, prompt):
    reply = client.ask(prompt=prompt)
    assert reply["code"] == "20110001"
    assert reply["message"] == "画面描述含有敏感词"
    assert client.state()["jobs"] == []
    assert client.balance() == 100_000


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"num": 7},
        {"width": 1344, "height": 1344},
        {"steps": 45, "num": 2},
        {"style_model": "SM01"},
        {"accelerate_times": 3, "num": 2},
        {"super_size_multiple": 2},
        {"width": 576, "height": 1024, "prefine_multiple": 1.5},
    ],
)
def test_the_quoted_price_is_the_expected_cost(client, changes):
    body = {"model": 1, "num": 1, "prompt": "x", "width": 512, "height": 512, **changes}
    quote = client.wujie("POST", "/ai/price_info", body)["data"]["integral_use"]
    discount = quote.pop("discount_integral")
    data = client.wujie("POST", "/ai/create", body)["data"]
    assert data["expected_integral_cost"] == sum(quote.values()) - discount > 0
    assert client.balance() == 100_000 - data["expected_integral_cost"]


def test_dearer_wishes_cost_more(client):
    costs = [
        client.ask(**changes)["data"]["expected_integral_cost"]
        for changes in ({}, {"width": 1344, "height": 1344}, {"num": 3}, {"steps": 60})
    ]
    assert costs[0] < min(costs[1:])
    assert costs[2] == 3 * costs[0]


def test_it_refuses_what_the_balance_does_not_cover(client):
    client.flip(balance=3)
    assert client.ask(num=2)["code"] == "20110010"
    assert client.ask(num=1)["code"] == "200"
    assert client.ask(num=1)["code"] == "20110010"
    assert client.balance() == 1


def test_a_quote_starts_nothing(client):
    body = {"model": 1, "num": 5, "prompt": "x", "width": 512, "height": 512}
    assert client.wujie("POST", "/ai/price_info", body)["code"] == "200"
    assert client.balance() == 100_000
    assert client.state()["jobs"] == []


def test_with_a_picture_to_begin_with_no_words_are_needed(client):
    picture = f"{client.http.base_url}/cdn/placeholder/involve_yellow.png"
    reply = client.ask(prompt=None, init_image_url=picture)
    assert reply["code"] == "200"
    assert client.state()["requests"]["picture.fetched"] == 1


def test_a_picture_that_is_not_there_is_refused(client):
    for path in ("/cdn/nothing.png", "/sandbox/state"):
        reply = client.ask(init_image_url=f"{client.http.base_url}{path}")
        assert reply["code"] == "20110002"
    for address in ("http://192.0.2.1/x.png", "file:///etc/passwd", "x"):
        assert client.ask(init_image_url=address)["code"] == "20110002"
    told = {"init_width": 1, "init_height": 1}
    picture = f"{client.http.base_url}/cdn/placeholder/involve_yellow.png"
    assert client.ask(init_image_url=picture, **told)["code"] == "20110002"

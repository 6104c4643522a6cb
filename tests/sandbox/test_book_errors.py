"""The sandbox's books go wrong when they are told to, and only then."""


def history(client):
    asked = {"ai_artwork_type": "PICTURE", "page_num": 0, "page_size": 100}
    answer = client.wujie("POST", "/ai/artwork/history", asked)["data"]
    keys = [row["key"] for row in answer["list"]]
    assert len(keys) == answer["total"]
    return keys


def balance(client):
    return client.wujie("GET", "/account/availableIntegralBalance")["data"]["balance"]


def wrongs(client, **fields):
    client.http.post("/sandbox/switches", json={"wrongs": None})
    answer = client.http.post("/sandbox/switches", json={"wrongs": fields})
    return answer.status_code


def test_keys_are_hidden_and_doubled(client):
    one, two, three = (client.create()[0] for _ in range(3))
    assert history(client) == [three, two, one]
    wrongs(client, hidden=[two], twice=[one])
    assert history(client) == [three, one, one]


def test_young_keys_come_late(client):
    (key,) = client.create()
    wrongs(client, late_seconds=3600)
    assert history(client) == []
    wrongs(client, late_seconds=0.01)
    client.eventually(lambda: history(client) == [key])


def test_another_cost_moves_the_balance(client):
    key = client.drawn()["key"]
    before = balance(client)
    wrongs(client, costs={key: 9})
    assert client.poll(key)[key]["integral_cost"] == 9
    assert balance(client) == before - 7


def test_integrals_go_by_themselves(client):
    before = balance(client)
    wrongs(client, gone=24)
    assert balance(client) == before - 24


def test_strangers_draw_in_an_account_s_name(client):
    asked = {"account": client.account.app_id, "number": 2}
    answer = client.http.post("/sandbox/strangers", json=asked).json()
    assert sorted(answer["keys"]) == sorted(history(client))
    refused = client.http.post("/sandbox/strangers", json={"account": "nobody"})
    assert refused.status_code == 400


def test_nonsense_is_refused(client):
    assert wrongs(client, hidden="KEY") == 400
    assert wrongs(client, lost=["KEY"]) == 400
    assert wrongs(client) == 200

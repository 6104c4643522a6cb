"""Who may call: good signatures pass, and every way of being wrong is refused."""

import hashlib
import json
import time

import pytest

BALANCE = "/wj-open/v1/account/availableIntegralBalance"


def balance_with(client, header):
    headers = {} if header is None else {"Authorization": header}
    return client.http.get(BALANCE, headers=headers)


@pytest.mark.parametrize("version", ["1", 1])
def test_a_good_signature_passes(client, version):
    answer = balance_with(client, client.account.authorization(version=version))
    assert answer.status_code == 200
    assert answer.json()["code"] == "200"
    assert answer.headers["TRACE_ID"]


def refusals(account, stranger):
    now = int(time.time())

    def signed(app_id=account.app_id, timestamp=now):
        return account.authorization(
            original=f'{{"appId":"{app_id}","timestamp":{timestamp}}}'
        )

    later = json.loads(signed(timestamp=now + 1))
    changed = {**json.loads(signed()), "original": later["original"]}
    return {
        "no header": None,
        "not JSON": "Bearer abc",
        "not an object": "[]",
        "unknown app": account.authorization(appId="nobody"),
        "another's key": stranger.authorization(appId=account.app_id),
        "changed original": json.dumps(changed),
        "app differs inside": signed(app_id=stranger.app_id),
        "broken Base64": account.authorization(sign="***"),
        "original is not JSON": account.authorization(original="abc"),
        "wrong version": account.authorization(version="2"),
        "too old": signed(timestamp=now - 400),
        "from the future": signed(timestamp=now + 400),
        "milliseconds": signed(timestamp=now * 1000),
        "a text as timestamp": signed(timestamp=f'"{now}"'),
    }


def test_bad_signatures_are_refused(client, account, stranger):
    for name, header in refusals(account, stranger).items():
        answer = balance_with(client, header)
        assert answer.status_code == 401, name
        body = answer.json()
        assert body["code"] == "SANDBOX401", name
        assert "鉴权失败" in body["message"], name
        assert body["data"] is None, name


def test_the_signed_bytes_are_those_of_original(client, account):
    """White space in ``original`` is fine as long as it was signed."""
    original = f'{{ "appId": "{account.app_id}", "timestamp": {int(time.time())} }}'
    header = account.authorization(original=original)
    assert balance_with(client, header).status_code == 200


def test_the_window_is_a_switch(client, account):
    stamp = int(time.time()) - 400
    old = account.authorization(
        original=f'{{"appId":"{account.app_id}","timestamp":{stamp}}}'
    )
    assert balance_with(client, old).status_code == 401
    client.flip(auth_window_seconds=500)
    assert balance_with(client, old).status_code == 200


def submit(client, form, **kwargs):
    return client.http.post("/ai/draw/submit", data=form, **kwargs).json()


JUMDATA = {"text": "山", "resolution": "1024*1024", "style": "古风"}


def test_jumdata_takes_both_encodings_and_both_cases(client):
    form = client.account.form(**JUMDATA)
    assert submit(client, form)["code"] == 200
    upper = {**form, "sign": form["sign"].upper()}
    assert submit(client, upper)["code"] == 200
    multipart = {name: (None, value) for name, value in form.items()}
    assert submit(client, None, files=multipart)["code"] == 200


@pytest.mark.parametrize(
    "change",
    [
        {"sign": "0" * 64},
        {"sign": ""},
        {"appId": "nobody"},
        {"timestamp": "x"},
        {"timestamp": str(int(time.time()))},
    ],
)
def test_jumdata_refuses_a_wrong_digest(client, change):
    reply = submit(client, {**client.account.form(**JUMDATA), **change})
    assert reply["code"] == 400
    assert reply["charge"] is False
    assert "不正确" in reply["msg"]
    assert "data" not in reply


def test_jumdata_refuses_a_signed_but_old_timestamp(client):
    stamp = str(int(time.time() * 1000) - 400_000)
    text = f"{client.account.jumdata_id}{client.account.secret}{stamp}"
    sign = hashlib.sha256(text.encode()).hexdigest()
    form = {**client.account.form(**JUMDATA), "timestamp": stamp, "sign": sign}
    assert submit(client, form)["msg"] == "timestamp不正确"


def test_jumdata_refuses_json(client):
    form = client.account.form(**JUMDATA)
    reply = client.http.post("/ai/draw/submit", json=form).json()
    assert reply["code"] == 400
    assert "data" not in reply

"""Who may call: good signatures pass, and every way of being wrong is refused."""

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
    other = f'{{"appId":"{account.app_id}","timestamp":{now + 1}}}'
    foreign = f'{{"appId":"{stranger.app_id}","timestamp":{now}}}'
    return {
        "no header": None,
        "not JSON": "Bearer abc",
        "unknown app": account.authorization(appId="nobody"),
        "another's key": stranger.authorization(appId=account.app_id),
        "changed original": account.authorization(original=other),
        "app differs inside": account.authorization(original=foreign),
        "broken Base64": account.authorization(sign="***"),
        "number as original": account.authorization(original=5),
        "wrong version": account.authorization(version="2"),
        "too old": account.authorization(timestamp=now - 400),
        "from the future": account.authorization(timestamp=now + 400),
        "milliseconds": account.authorization(timestamp=now * 1000),
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
    import base64
    import json

    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.hashes import SHA256

    original = f'{{ "appId": "{account.app_id}", "timestamp": {int(time.time())} }}'
    sign = account.key.sign(original.encode(), padding.PKCS1v15(), SHA256())
    header = {
        "appId": account.app_id,
        "original": original,
        "secretKeyVersion": "1",
        "sign": base64.b64encode(sign).decode(),
    }
    assert balance_with(client, json.dumps(header)).status_code == 200


def test_the_window_is_a_switch(client):
    old = client.account.authorization(timestamp=int(time.time()) - 400)
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
    import hashlib

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

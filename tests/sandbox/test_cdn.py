"""Results: real pictures at addresses that expire."""

import io

import pytest
from PIL import Image


def opened(answer):
    image = Image.open(io.BytesIO(answer.content))
    image.load()
    return image


def test_a_result_is_a_picture_of_the_asked_shape(client):
    client.flip(picture_max_side=4096)
    item = client.drawn(width=384, height=192)
    answer = client.http.get(item["picture_url"])
    image = opened(answer)
    assert image.size == (384, 192)
    assert answer.headers["content-type"] == f"image/{image.format.lower()}"
    assert len(image.convert("RGB").getcolors(1_000_000)) > 50


def test_the_drawn_size_can_be_capped(client):
    item = client.drawn(width=1024, height=512)
    assert opened(client.http.get(item["picture_url"])).size == (64, 32)


def test_each_key_has_its_own_picture_and_keeps_it(client):
    keys = client.create(num=6)
    urls = [client.finished(key)["picture_url"] for key in keys]
    contents = [client.http.get(url).content for url in urls]
    assert len(set(contents)) == 6
    assert [client.http.get(url).content for url in urls] == contents


def test_some_results_are_png_and_some_jpg(client):
    keys = client.create(num=40)
    client.flip(draw_seconds=0)
    client.eventually(lambda: client.status(keys[-1]) == 4, 20)
    urls = [item["picture_url"].split("?")[0] for item in client.poll(*keys).values()]
    assert {url.rsplit(".", 1)[1] for url in urls} == {"png", "jpg"}


def test_a_key_tells_no_address(client):
    item = client.drawn()
    assert item["key"] not in item["picture_url"]
    for kind in ("png", "jpg"):
        address = f"/cdn/ai/{item['key']}-01.{kind}?e=9999999999"
        assert client.http.get(address).status_code == 404


def test_an_address_expires_and_a_query_renews_it(client):
    client.flip(address_seconds=0.3)
    item = client.drawn()
    client.eventually(lambda: client.http.get(item["picture_url"]).status_code == 403)
    client.flip(address_seconds=60)
    fresh = client.poll(item["key"])[item["key"]]["picture_url"]
    assert client.http.get(fresh).status_code == 200
    assert client.http.get(item["picture_url"]).status_code == 403


def test_a_result_is_gone_after_its_time(client):
    item = client.drawn()
    assert client.http.get(item["picture_url"]).status_code == 200
    client.flip(result_seconds=0)
    assert client.http.get(item["picture_url"]).status_code == 404


def test_there_is_nothing_before_the_end(client):
    client.flip(draw_seconds=60)
    (key,) = client.create()
    file = client.job(key)["file"]
    for name in (f"{file}-01.png", f"{file}-02.png", f"{'F' * 32}-01.png", "x.png"):
        answer = client.http.get(f"/cdn/ai/{name}?e=9999999999")
        assert answer.status_code == 404


@pytest.mark.parametrize("expiry", ["", "?e=", "?e=x", "?e=1"])
def test_an_address_without_its_expiry_is_refused(client, expiry):
    url = client.drawn()["picture_url"].split("?")[0]
    assert client.http.get(url + expiry).status_code == 403


def test_a_signature_shown_to_the_cdn_is_counted(client):
    url = client.drawn()["picture_url"]
    client.http.get(url)
    assert "cdn.with_authorization" not in client.state()["requests"]
    client.http.get(url, headers={"Authorization": "x"})
    assert client.state()["requests"]["cdn.with_authorization"] == 1


def test_few_scenes_come_again_in_files_of_their_own(client):
    client.flip(picture_scenes=2)
    keys = client.create(num=20)
    urls = [client.finished(key)["picture_url"] for key in keys]
    contents = [client.http.get(url).content for url in urls]
    assert len(set(contents)) == 20
    images = [Image.open(io.BytesIO(content)) for content in contents]
    shown = {(image.format, image.convert("RGB").tobytes()) for image in images}
    assert len(shown) <= 4

"""Guides, masks, tiles and sizes from pictures: what the sandbox takes of them."""

import json

import pytest

PICTURE = {"init_image_url": "http://127.0.0.1:9/x.png"}
SIZED = PICTURE | {"init_width": 96, "init_height": 64}
MASK = json.dumps({"mask_image_url": "http://127.0.0.1:9/m.png"})


@pytest.mark.parametrize(
    "changes",
    [
        # Said of a guide that there is none of.
        {"control_img2_img": True},
        {"control_weight": 1},
        SIZED | {"control_mode": 1},
        SIZED | {"pattern": "CANNY", "control_img2_img": "yes"},
        SIZED | {"pattern": "CANNY", "pretreatment_method": "OTHER"},
        PICTURE | {"pattern": "CANNY"},
        PICTURE | {"create_source": 1},
        {"fully_custom_uc_prompt": 1},
        # Masks: text that holds JSON, for model 4, with a picture.
        SIZED | {"model": 4, "model_param": json.loads(MASK)},
        SIZED | {"model": 4, "model_param": "no json"},
        SIZED | {"model": 4, "model_param": "[]"},
        SIZED | {"model": 4, "model_param": "{}"},
        SIZED | {"model": 4, "model_param": '{"mask": "http://127.0.0.1:9/m.png"}'},
        SIZED | {"model": 1, "model_param": MASK},
        {"model": 4, "model_param": MASK},
        # Tiles.
        {"multi_diffusion": []},
        {"multi_diffusion": {"tiled": {}}},
        {"multi_diffusion": {"tiled_diffusion": {"tile_width": 24}}},
        {"multi_diffusion": {"tiled_diffusion": {"overlap": 257}}},
        {"multi_diffusion": {"tiled_diffusion": {"method": "Other"}}},
        {"multi_diffusion": {"tiled_diffusion": {"enabled": "yes"}}},
        {"multi_diffusion": {"tiled_diffusion": {"scale_factor": True}}},
        {"multi_diffusion": {"tiled_diffusion": {"new": 1}}},
        {"multi_diffusion": {"tiled_diffusion": {"bbox_control_states": {}}}},
        {"multi_diffusion": {"tiled_diffusion": {"bbox_control_states": [{"z": 1}]}}},
        {"multi_diffusion": {"tiled_diffusion": {"bbox_control_states": [{"x": 2}]}}},
        {"multi_diffusion": {"tiled_vae": {"decoder_tile_size": 56}}},
    ],
)
def test_what_is_not_documented_is_refused(client, changes):
    reply = client.ask(**changes)
    assert reply["code"] == "20010001", reply
    assert client.state()["jobs"] == []


def test_the_recorded_tiles_are_taken(client, sample):
    told = sample("ai_info.response_success")["data"]["multi_diffusion"]
    (key,) = client.create(multi_diffusion=told)
    assert client.info(key)["multi_diffusion"] == told


def test_a_size_from_the_picture_is_priced(client):
    """A price is told without the picture; its long side is raised to 2048."""
    body = SIZED | {"model": 1, "num": 1, "prompt": "x"}
    uses = client.wujie("POST", "/ai/price_info", body | {"create_source": 1})
    small = client.wujie("POST", "/ai/price_info", body | {"width": 64, "height": 64})
    name = "integral_use_on_resolution"
    assert small["data"]["integral_use"][name] == 0
    # 2048 × 1344 pixels are three times the first million.
    assert uses["data"]["integral_use"][name] == 2 * 2


def test_it_recalls_six_drawings_at_most(client):
    keys = client.create(num=7, steps=30)
    told = client.wujie("POST", "/ai/create_params", {"key": keys[:6]})["data"]
    assert {row["key"] for row in told} == set(keys[:6])
    assert all((row["steps"], row["steps_as_string"]) == (30, "30") for row in told)
    assert all(row["model_code"] == 1 and "model" not in row for row in told)
    for asked in (keys, [], "text"):
        reply = client.wujie("POST", "/ai/create_params", {"key": asked})
        assert reply["code"] == "20010001"


def test_it_recalls_nothing_of_a_strangers(client):
    reply = client.wujie("POST", "/ai/create_params", {"key": ["F" * 32]})
    assert reply["data"] == []

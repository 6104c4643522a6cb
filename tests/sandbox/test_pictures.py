"""The pictures themselves: always the same, never alike, for any size."""

import io

import pytest
from PIL import Image

from sandbox.pictures import Picture, drawn
from sandbox.pictures.scenes import SCENES, scene_for


def image(**changes):
    given = {
        "name": "A",
        "prompt": "x",
        "seed": "1",
        "width": 96,
        "height": 96,
        "kind": "png",
    }
    return Image.open(io.BytesIO(drawn(Picture(**{**given, **changes}))))


@pytest.mark.parametrize("calls", SCENES.values(), ids=lambda calls: calls[0])
def test_every_scene_can_be_called_for(calls):
    scenes = {scene_for(f"a {word} picture", 0) for word in calls}
    assert len(scenes) == 1
    (scene,) = scenes
    assert SCENES[scene] == calls


def test_a_part_of_a_word_calls_for_nothing():
    scenes = {scene_for("a pink team had a nice season", n) for n in range(len(SCENES))}
    assert scenes == set(SCENES)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
@pytest.mark.parametrize("size", [(64, 64), (320, 64), (64, 320), (8, 8)])
def test_every_scene_fits_every_shape(scene, size):
    word = SCENES[scene][0]
    picture = image(prompt=word, width=size[0], height=size[1])
    assert picture.size == size
    assert len(picture.getcolors(100_000)) > 3


def test_seed_and_name_change_the_picture_and_nothing_else_does():
    first = image().tobytes()
    drawn.cache_clear()
    assert image().tobytes() == first
    assert image(seed="2").tobytes() != first
    assert image(name="B").tobytes() != first


def test_the_caption_is_only_on_large_pictures():
    """Same scene and seed, once with room for a caption and once without."""
    large, small = image(width=480, height=480), image(width=120, height=120)
    strip = (0, 450, 480, 480)
    plain = small.resize((480, 480))
    white = [
        sum(picture.crop(strip).convert("L").histogram()[236:])
        for picture in (large, plain)
    ]
    assert white[0] != white[1]

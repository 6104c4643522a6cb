"""The scenes and their colours, selected by a prompt's words or its seed."""

import re
from collections.abc import Callable

from sandbox.pictures.canvas import Canvas, colour
from sandbox.pictures.landscapes import dunes, garden, hills, sea, shanshui
from sandbox.pictures.nights import aurora, city, planet
from sandbox.pictures.patterns import facets, flow, rings, tiles

PALETTES = [
    [colour(shade) for shade in text.split()]
    for text in (
        "14213d 2c4a6e d9704a f2b35e fbe8c8",
        "1b2a3a 35607a 6fa3a8 e8b68a fbeedd",
        "2b1b3d 5c3a6b b25b7e f09a7c fde0bd",
        "0f2b2a 1f5a4e 5f9e75 c9cf84 f6f1d3",
        "22223b 4a4e69 9a8c98 d8b9a6 f6ece4",
        "10243e 1d5b86 43a0bd b7dfd6 fff4dc",
        "3a1f1d 8c3b2e d66a3d f0ab5a fbe9c6",
        "1e2233 3f4c7a 7f83b8 d6a5c4 f9e7ec",
        "20302b 4f6b4f 95a873 dcc98e f7efda",
        "0d1b2a 27496d 5a8fb0 bcd3df f7f7f2",
        "2d132c 801336 c72c41 ee7b4c fbd9a3",
        "143642 0f8b8d 6fc0a8 eca446 fff1d6",
        "2a2438 5c5470 a29bbd dbd1ea fbf7ff",
        "33241c 6f4e37 b48a60 dec39a f8efe0",
    )
]


Scene = Callable[[Canvas], None]
SCENES: dict[Scene, tuple[str, ...]] = {
    # Before the sea: a poster is 海报.
    tiles: ("pattern", "poster", "bauhaus", "海报", "图案"),
    hills: ("mountain", "hill", "valley", "sunrise", "山", "日出", "峰"),
    dunes: ("desert", "dune", "sand", "沙漠", "沙丘", "敦煌"),
    sea: ("sea", "ocean", "wave", "lake", "harbour", "lighthouse", "海", "湖", "江"),
    city: ("city", "street", "tower", "skyline", "城", "街", "赛博"),
    aurora: ("aurora", "winter", "snow", "forest", "极光", "雪", "森林"),
    shanshui: ("ink", "temple", "tea", "水墨", "古风", "寺", "茶", "竹"),
    planet: ("planet", "space", "star", "galaxy", "moon", "星", "宇宙", "月"),
    garden: ("flower", "garden", "plant", "spring", "花", "园", "春", "荷"),
    rings: ("circle", "music", "jazz", "圆", "音乐"),
    flow: ("wind", "silk", "hair", "风", "丝"),
    facets: ("low poly", "crystal", "ice", "glass", "水晶", "冰", "几何"),
}


def _calls(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        "|".join(
            rf"(?<![a-z]){word}s?(?![a-z])" if word.isascii() else word
            for word in words
        )
    )


_CALLS = {scene: _calls(words) for scene, words in SCENES.items()}


def scene_for(prompt: str, choice: int) -> Scene:
    words = prompt.lower()
    for scene, calls in _CALLS.items():
        if calls.search(words):
            return scene
    return list(SCENES)[choice % len(SCENES)]

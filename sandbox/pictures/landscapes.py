"""Landscapes by day, each a finished composition."""

import math

from sandbox.pictures.canvas import Canvas, Colour, Point, mix


def hills(c: Canvas) -> None:
    night = c.dice.random() < 0.4
    sky = (
        [c.dark, c.inner[0], c.inner[1]] if night else [c.inner[1], c.inner[2], c.pale]
    )
    c.gradient(sky)
    if night:
        c.stars(140, 0.55)
    x, y = c.width * c.dice.uniform(0.2, 0.8), c.height * c.dice.uniform(0.2, 0.42)
    radius = c.unit * c.dice.uniform(5, 10)
    c.glow(x, y, radius * 5, c.pale, 150)
    c.disc(x, y, radius, mix(c.pale, (255, 255, 255), 0.4))
    count = c.dice.randrange(5, 8)
    rough = c.dice.choice((0.42, 0.5, 0.56))
    far, near = sky[-1], mix(c.dark, (0, 0, 0), 0.2)
    for i in range(count):
        depth = (i + 1) / count
        line = c.ridge(
            c.height * (0.42 + 0.5 * i / count), c.unit * (7 + 5 * depth), rough
        )
        shade = mix(far, near, depth**0.9)
        c.fill(c.ground(line), [shade, mix(shade, far, 0.45 * (1 - depth))])
    if c.dice.random() < 0.6:
        _birds(c, x, y)


def _birds(c: Canvas, x: float, y: float) -> None:
    for _ in range(c.dice.randrange(3, 8)):
        bx = x + c.unit * c.dice.uniform(-25, 25)
        by = y + c.unit * c.dice.uniform(-8, 8)
        wing = c.unit * c.dice.uniform(0.7, 1.5)
        points = [(bx - wing, by - wing * 0.5), (bx, by), (bx + wing, by - wing * 0.5)]
        c.pen.line(points, fill=(*c.dark, 220), width=max(1, round(c.unit * 0.22)))


def dunes(c: Canvas) -> None:
    c.gradient([mix(c.inner[0], c.inner[1], 0.5), c.inner[2], c.pale])
    x = c.width * c.dice.uniform(0.25, 0.75)
    c.glow(x, c.height * 0.33, c.unit * 40, c.pale, 160)
    c.disc(x, c.height * 0.33, c.unit * 7, mix(c.pale, (255, 255, 255), 0.5))
    warm, deep = c.inner[-1], c.inner[0]
    for i in range(5):
        base = c.height * (0.42 + 0.12 * i)
        swing = c.unit * (3 + 2.4 * i)
        phase, wave = c.dice.uniform(0, 6.3), c.dice.uniform(0.7, 1.5)
        line = [
            (
                c.width * k / 90,
                base
                + swing * math.sin(phase + wave * math.pi * k / 45)
                + swing * 0.4 * math.sin(phase * 2 + wave * 2.3 * math.pi * k / 45),
            )
            for k in range(91)
        ]
        lit = mix(c.pale, warm, 0.3 + 0.14 * i)
        c.fill(c.ground(line), [lit, mix(warm, deep, 0.25 + 0.15 * i)])
        crest = [(px, py + max(0.0, swing * 0.05)) for px, py in line]
        lee = [
            (px + c.unit * (6 + 3 * i), py + swing * (0.9 + 0.5 * math.sin(px / swing)))
            for px, py in reversed(line)
        ]
        c.fill([*crest, *lee], [mix(deep, warm, 0.42 - 0.06 * i), lit])


def sea(c: Canvas) -> None:
    horizon = c.height * c.dice.uniform(0.4, 0.52)
    low = horizon + c.unit * 2
    c.fill(
        [(0, 0), (c.width, 0), (c.width, low), (0, low)],
        [c.inner[0], c.inner[1], c.inner[2], c.pale],
    )
    bluest = max(c.palette[:-1], key=lambda shade: shade[2] - shade[0])
    water = mix(bluest, (24, 82, 118), 0.45)
    x, radius = c.width * c.dice.uniform(0.3, 0.7), c.unit * c.dice.uniform(8, 13)
    y = horizon - radius * c.dice.uniform(0.1, 1.6)
    c.glow(x, y, c.unit * 48, c.pale, 200)
    c.disc(x, y, radius, mix(c.pale, (255, 255, 255), 0.35))
    rows = 9
    for i in range(rows):
        depth = i / (rows - 1)
        shade = mix(mix(water, c.pale, 0.5), mix(water, c.dark, 0.6), depth)
        top = mix(shade, c.pale, 0.35 - 0.2 * depth)
        line = _swell(c, horizon + (c.height - horizon) * depth**1.35 * 0.92, depth)
        c.fill(c.ground(line), [top, shade, mix(shade, water, 0.3)])
        for _ in range(3 + 2 * i):
            px, py = line[c.dice.randrange(len(line))]
            half = c.unit * c.dice.uniform(0.5, 1.5 + 4 * depth)
            px = x + (px - x) * (0.1 + 0.3 * depth)
            py += c.unit * c.dice.uniform(0.5, 3 + 4 * depth)
            width = max(1, round(c.unit * (0.15 + 0.3 * depth)))
            c.pen.line((px - half, py, px + half, py), (*c.pale, 150), width)


def _swell(c: Canvas, y: float, depth: float) -> list[Point]:
    height, length = c.unit * (0.2 + 3.6 * depth), c.unit * (14 + 46 * depth)
    phase, slow = c.dice.uniform(0, 6.3), c.dice.uniform(0.3, 0.6)
    return [
        (
            c.width * k / 120,
            y
            + height * math.sin(phase + c.width * k / 120 * 6.28 / length)
            + height * math.sin(phase * 2 + c.width * k / 120 * 6.28 * slow / length),
        )
        for k in range(121)
    ]


def shanshui(c: Canvas) -> None:
    paper = mix(c.pale, (250, 246, 236), 0.6)
    ink = mix(c.dark, (20, 24, 30), 0.4)
    c.gradient([paper, mix(paper, c.inner[-1], 0.25), paper])
    x = c.width * c.dice.uniform(0.2, 0.8)
    c.disc(x, c.height * 0.2, c.unit * 6, mix(c.inner[2], (196, 60, 40), 0.6), 190)
    layers, turn = 5, c.dice.uniform(0, 20)
    for i in range(layers):
        depth = (i + 1) / layers
        y = c.height * (0.4 + 0.14 * i)
        line = [
            (px, py - c.unit * 18 * (1 - depth * 0.5) * _peak(px / c.width, i, turn))
            for px, py in c.ridge(y, c.unit * 5, 0.58)
        ]
        shade = mix(paper, ink, 0.1 + 0.72 * depth**1.5)
        c.fill(c.ground(line), [shade, mix(shade, paper, 0.75), paper, paper])
    for _ in range(3):
        y = c.height * c.dice.uniform(0.45, 0.9)
        c.glow(c.width * c.dice.random(), y, c.unit * 30, paper, 130)
    side, left, top = c.unit * 4.4, c.width - c.unit * 11, c.unit * 7
    seal = (178, 44, 36)
    c.pen.rounded_rectangle((left, top, left + side, top + side), c.unit * 0.5, seal)
    for k in (0.3, 0.5, 0.7):
        c.pen.line(
            (left + side * k, top + side * 0.2, left + side * k, top + side * 0.8),
            fill=paper,
            width=max(1, round(c.unit * 0.35)),
        )


def _peak(x: float, layer: int, turn: float) -> float:
    return max(0.0, math.sin(x * (4 + layer + turn % 3) + layer * 2.1 + turn)) ** 3


def garden(c: Canvas) -> None:
    c.gradient(
        [mix(c.pale, (255, 255, 255), 0.3), c.pale, mix(c.pale, c.inner[-1], 0.4)]
    )
    sun = c.width * c.dice.uniform(0.2, 0.8)
    c.disc(sun, c.height * 0.34, c.unit * 24, mix(c.pale, c.inner[-1], 0.55))
    stems = max(5, round(c.dice.uniform(7, 10) * c.width / c.height))
    for i in range(stems):
        x = c.width * (i + 0.5 + c.dice.uniform(-0.3, 0.3)) / stems
        _stem(c, x, c.height * c.dice.uniform(0.2, 0.62), i)


def _stem(c: Canvas, x: float, top: float, number: int) -> None:
    green = mix(c.dark, c.inner[number % 2], 0.5)
    bend = c.unit * c.dice.uniform(-9, 9)
    points = [
        (x + bend * (k / 24) ** 2, c.height - (c.height - top) * k / 24)
        for k in range(25)
    ]
    c.pen.line(points, fill=green, width=max(2, round(c.unit * 0.5)), joint="curve")
    for k in range(4, 21, c.dice.choice((2, 3))):
        for way in (-1, 1):
            size = c.unit * (9 - 0.28 * k) * c.dice.uniform(0.8, 1.1)
            shade = mix(green, c.inner[1], c.dice.uniform(0, 0.6))
            _leaf(c, points[k], way, size, shade)
    if number % 4 != 2:
        _blossom(c, points[-1], c.unit * c.dice.uniform(3.5, 6.5))


def _leaf(c: Canvas, at: Point, way: int, size: float, shade: Colour) -> None:
    x, y = at
    tilt = c.dice.uniform(0.4, 0.8)
    upper, lower = [], []
    for k in range(11):
        t = k / 10
        belly = size * 0.2 * math.sin(math.pi * t)
        px, py = x + way * size * t, y - size * tilt * t
        upper.append((px - way * belly * 0.5, py - belly))
        lower.append((px + way * belly * 0.5, py + belly))
    c.pen.polygon([*upper, *reversed(lower)], fill=(*shade, 235))


def _blossom(c: Canvas, at: Point, radius: float) -> None:
    x, y = at
    petals = c.dice.choice((5, 6, 8, 12))
    shade, heart = c.dice.sample(c.inner[1:], 1)[0], c.dark
    for turn, share, tint in ((0.0, 1.0, 0.0), (0.5, 0.7, 0.35)):
        for k in range(petals):
            angle = 2 * math.pi * (k + turn) / petals
            px = x + radius * 0.62 * share * math.cos(angle)
            py = y + radius * 0.62 * share * math.sin(angle)
            c.disc(px, py, radius * 0.42 * share, mix(shade, c.pale, tint), 240)
    c.disc(x, y, radius * 0.26, heart)

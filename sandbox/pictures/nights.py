"""Scenes by night, each a finished composition."""

import math

from sandbox.pictures.canvas import Canvas, Colour, Point, mix


def city(c: Canvas) -> None:
    c.gradient([c.dark, c.inner[0], c.inner[1], c.inner[2]])
    c.stars(70, 0.35)
    x = c.width * c.dice.uniform(0.2, 0.8)
    c.glow(x, c.height * 0.28, c.unit * 32, c.pale, 130)
    c.disc(x, c.height * 0.28, c.unit * c.dice.uniform(5, 9), c.pale)
    for row in range(4):
        shade = mix(c.inner[2], c.dark, 0.25 + 0.25 * row)
        left = -c.unit * c.dice.uniform(0, 6)
        while left < c.width:
            wide = c.unit * c.dice.uniform(6, 13)
            tall = c.height * (c.dice.uniform(0.28, 0.6) - 0.1 * row)
            _house(c, left, c.height - tall, wide, mix(shade, c.dark, 0.2), row)
            left += wide + c.unit * c.dice.choice((0, 0, 0.6, 2))


def _house(
    c: Canvas, left: float, top: float, wide: float, shade: Colour, row: int
) -> None:
    right = left + wide
    box = [(left, top), (right, top), (right, c.height), (left, c.height)]
    c.fill(box, [mix(shade, c.inner[1], 0.25), shade])
    if c.dice.random() < 0.3:
        middle = (left + right) / 2
        mast = (middle, top - c.unit * c.dice.uniform(2, 6), middle, top)
        c.pen.line(mast, fill=shade, width=max(1, round(c.unit * 0.3)))
    if row == 0:
        return
    pane, gap = c.unit * 0.75, c.unit * 1.7
    y = top + gap
    while y < c.height:
        px = left + gap * 0.6
        while px + pane < right - gap * 0.3:
            if c.dice.random() < 0.34:
                glass = c.dice.choice((c.pale, c.inner[-1]))
                fill = (*glass, c.dice.randrange(110, 245))
                c.pen.rectangle((px, y, px + pane, y + pane * 1.3), fill=fill)
            px += gap
        y += gap * 1.25


def aurora(c: Canvas) -> None:
    c.gradient([mix(c.dark, (0, 0, 0), 0.5), c.dark, mix(c.dark, c.inner[1], 0.45)])
    for band in range(3):
        _curtain(c, mix(c.inner[2 - band], (110, 255, 180), 0.5))
    c.blurred(0.9)
    c.stars(170, 0.7)
    for row in range(2):
        ground = c.ridge(c.height * (0.84 + 0.07 * row), c.unit * 3, 0.45)
        shade = mix(c.dark, (0, 0, 0), 0.4 + 0.35 * row)
        c.fill(c.ground(ground), [shade, mix(shade, (0, 0, 0), 0.5)])
        for x, y in ground[:: 3 - row]:
            _fir(c, x + c.unit * c.dice.uniform(-1, 1), y + c.unit, shade)


def _curtain(c: Canvas, shade: Colour) -> None:
    y, phase = c.height * c.dice.uniform(0.34, 0.62), c.dice.uniform(0, 6.3)
    slope, step = c.dice.uniform(-0.25, 0.25), c.width / 150
    for k in range(151):
        x = step * k
        hem = y + slope * (x - c.width / 2) + c.unit * 7 * math.sin(phase + k / 17)
        hem += c.unit * 2.4 * math.sin(phase * 3 + k / 5.5)
        rise = c.unit * (26 + 10 * math.sin(k / 9 + phase) + c.dice.uniform(-5, 5))
        for part in range(6):
            box = (x, hem - rise * (1 - part / 6) ** 1.4, x + step, hem)
            c.pen.rectangle(box, fill=(*shade, 25))


def _fir(c: Canvas, x: float, y: float, shade: Colour) -> None:
    tall = c.unit * c.dice.uniform(5, 13)
    for level in range(4):
        top = y - tall * (1 - level * 0.2)
        half = tall * (0.07 + 0.045 * level)
        c.pen.polygon(
            [(x, top), (x - half, top + tall * 0.38), (x + half, top + tall * 0.38)],
            fill=shade,
        )


def planet(c: Canvas) -> None:
    c.gradient([mix(c.dark, (0, 0, 0), 0.6), mix(c.dark, (0, 0, 0), 0.25), c.dark])
    for _ in range(2):
        where = (c.width * c.dice.random(), c.height * c.dice.random())
        c.glow(*where, c.unit * c.dice.uniform(25, 55), c.dice.choice(c.inner), 70)
    c.stars(260, 1.0)
    x, y = c.width * c.dice.uniform(0.35, 0.65), c.height * c.dice.uniform(0.4, 0.6)
    radius = c.unit * c.dice.uniform(20, 30)
    c.glow(x, y, radius * 1.9, c.inner[-1], 120)
    ring = c.dice.random() < 0.6
    if ring:
        _ring(c, x, y, radius, 180, 360)
    _globe(c, x, y, radius)
    if ring:
        _ring(c, x, y, radius, 0, 180)
    for _ in range(c.dice.randrange(1, 4)):
        angle, away = c.dice.uniform(0, 6.3), radius * c.dice.uniform(1.5, 2.3)
        moon = radius * c.dice.uniform(0.06, 0.16)
        mx, my = x + away * math.cos(angle), y + away * math.sin(angle)
        c.disc(mx, my, moon, mix(c.pale, c.inner[1], 0.3))
        c.disc(mx + moon * 0.35, my + moon * 0.2, moon * 0.75, c.dark, 110)


def _globe(c: Canvas, x: float, y: float, radius: float) -> None:
    bands = 15
    shades = [c.dice.choice([*c.inner, c.pale]) for _ in range(bands)]
    circle = [
        (
            x + radius * math.cos(k * math.pi / 60),
            y + radius * math.sin(k * math.pi / 60),
        )
        for k in range(120)
    ]
    c.fill(circle, [mix(a, c.inner[1], 0.35) for a in shades])
    # The night side: shadow discs that wander off the light.
    for k in range(21):
        _shadow(c, x, y, radius, -0.5 + 0.07 * k)


def _shadow(c: Canvas, x: float, y: float, radius: float, share: float) -> None:
    """The sickle outside a disc shifted to the light."""
    points: list[Point] = []
    for k in range(-30, 31):
        angle = k * math.pi / 60 + 0.6
        points.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    for k in range(30, -31, -1):
        across, along = math.cos(k * math.pi / 60) * share, math.sin(k * math.pi / 60)
        px = across * math.cos(0.6) - along * math.sin(0.6)
        py = across * math.sin(0.6) + along * math.cos(0.6)
        points.append((x + radius * px, y + radius * py))
    c.pen.polygon(points, fill=(*mix(c.dark, (0, 0, 0), 0.7), 25))


def _ring(c: Canvas, x: float, y: float, radius: float, start: int, end: int) -> None:
    for k in range(7):
        wide = radius * (1.45 + 0.09 * k)
        box = (x - wide, y - wide * 0.26, x + wide, y + wide * 0.26)
        shade = mix(c.pale, c.inner[k % len(c.inner)], 0.4)
        c.pen.arc(box, start, end, fill=(*shade, 150), width=round(radius * 0.05))

"""Patterns, each a finished composition."""

import math

from sandbox.pictures.canvas import Canvas, along, light, mix


def rings(c: Canvas) -> None:
    c.gradient([c.pale, mix(c.pale, c.inner[-1], 0.35)])
    for _ in range(3):
        ends = [(c.width * c.dice.random(), c.height * k) for k in (-0.1, 1.1)]
        c.pen.line(ends, fill=(*c.dark, 150), width=max(1, round(c.unit * 0.25)))
    placed: list[tuple[float, float, float]] = []
    for k in range(90):
        radius = (
            c.unit * (23 if k < 8 else 12 if k < 40 else 5) * c.dice.uniform(0.5, 1)
        )
        x, y = c.width * c.dice.random(), c.height * c.dice.random()
        if all(math.hypot(x - a, y - b) > radius + r * 0.75 for a, b, r in placed):
            placed.append((x, y, radius))
            _circle(c, x, y, radius)


def _circle(c: Canvas, x: float, y: float, radius: float) -> None:
    first, second = c.dice.sample(c.palette[:-1], 2)
    box = (x - radius, y - radius, x + radius, y + radius)
    kind = c.dice.randrange(5)
    if kind == 0:
        for share, shade in (
            (1.0, first),
            (0.72, c.pale),
            (0.58, second),
            (0.2, c.pale),
        ):
            c.disc(x, y, radius * share, shade)
    elif kind == 1:
        turn = c.dice.randrange(0, 360, 45)
        c.pen.pieslice(box, turn, turn + 180, fill=first)
        c.pen.pieslice(box, turn + 180, turn + 360, fill=second)
    elif kind == 2:
        c.pen.ellipse(box, outline=first, width=max(1, round(radius * 0.14)))
        c.disc(x, y, radius * 0.45, second)
    elif kind == 3:
        for k in range(4):
            c.disc(
                x,
                y + radius * 0.2 * k,
                radius * (1 - 0.2 * k),
                mix(first, c.pale, k / 5),
            )
    else:
        c.disc(x, y, radius * 1.35, second, 60)
        c.disc(x, y, radius, first)


def tiles(c: Canvas) -> None:
    across = c.dice.choice((4, 5, 6, 8))
    side = c.width / across
    c.gradient([c.pale, c.pale])
    for row in range(math.ceil(c.height / side)):
        for column in range(across):
            _tile(c, column * side, row * side, side)


def _tile(c: Canvas, x: float, y: float, side: float) -> None:
    back, front, third = c.dice.sample(c.palette, 3)
    box = (x, y, x + side, y + side)
    c.pen.rectangle(box, fill=back)
    kind = c.dice.randrange(5)
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    at = c.dice.randrange(4)
    cx, cy = corners[at]
    if kind <= 1:
        for share, shade in ((1, front), (0.55, third), (0.25, back)):
            r = side * share
            start = at * 90
            c.pen.pieslice((cx - r, cy - r, cx + r, cy + r), start, start + 90, shade)
    elif kind == 2:
        c.pen.ellipse(box, fill=front)
        inset = side * 0.28
        c.pen.ellipse(
            (x + inset, y + inset, x + side - inset, y + side - inset), fill=third
        )
    elif kind == 3:
        c.pen.polygon(
            [corners[at], corners[(at + 1) % 4], corners[(at + 2) % 4]], front
        )
    else:
        for k in range(0, 5, 2):
            top = y + side * k / 5
            c.pen.rectangle((x, top, x + side, top + side / 5), fill=front)


def flow(c: Canvas) -> None:
    back = c.dark if c.dice.random() < 0.5 else c.pale
    c.gradient([back, mix(back, c.inner[1], 0.3)])
    shades = [s for s in c.palette if abs(light(s) - light(back)) > 0.15]
    a, b, d = (c.dice.uniform(0.6, 2.2) for _ in range(3))
    turn = c.dice.uniform(0, 6.3)
    step = c.unit * 2.2
    for _ in range(460):
        x, y = c.dice.uniform(-0.1, 1.1) * c.width, c.dice.uniform(-0.1, 1.1) * c.height
        points = []
        for _ in range(15):
            points.append((x, y))
            u, v = x / c.width * 3, y / c.height * 3
            angle = turn + math.sin(u * a) + math.cos(v * b) + math.sin((u + v) * d)
            x, y = x + step * math.cos(angle), y + step * math.sin(angle)
        width = max(1, round(c.unit * c.dice.choice((0.25, 0.4, 0.7, 1.2))))
        fill = (*c.dice.choice(shades), c.dice.randrange(120, 230))
        c.pen.line(points, fill=fill, width=width, joint="curve")


def facets(c: Canvas) -> None:
    across = c.dice.choice((7, 9, 11))
    down = max(4, round(across * c.height / c.width))
    mesh = [
        [
            (
                c.width
                * (i + (c.dice.uniform(-0.38, 0.38) if 0 < i < across else 0))
                / across,
                c.height
                * (j + (c.dice.uniform(-0.38, 0.38) if 0 < j < down else 0))
                / down,
            )
            for i in range(across + 1)
        ]
        for j in range(down + 1)
    ]
    fx, fy = c.dice.uniform(0.2, 0.8), c.dice.uniform(0.2, 0.8)
    for j in range(down):
        for i in range(across):
            a, b = mesh[j][i], mesh[j][i + 1]
            e, d = mesh[j + 1][i], mesh[j + 1][i + 1]
            halves = ((a, b, d), (a, d, e)) if (i + j) % 2 else ((a, b, e), (b, d, e))
            for half in halves:
                x = sum(p[0] for p in half) / 3 / c.width
                y = sum(p[1] for p in half) / 3 / c.height
                away = math.hypot(x - fx, y - fy) * 1.25 + c.dice.uniform(-0.09, 0.09)
                c.pen.polygon(half, fill=along(c.palette[::-1], away))

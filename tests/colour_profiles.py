"""ICC profiles of a few hundred bytes, as cameras and programs embed them."""

import io
import struct

from PIL import Image

#: Red, green and blue in XYZ under D50, and gamma.
DISPLAY_P3 = ((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))  # fmt: skip # noqa: E501
ADOBE_RGB = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))  # fmt: skip # noqa: E501
WHITE = (0.9642, 1.0, 0.8249)


def rgb(primaries=DISPLAY_P3, gamma=2.19921875):
    tags = {f"{c}XYZ": _xyz(p) for c, p in zip("rgb", primaries, strict=True)}
    return _profile(b"RGB ", tags | {f"{c}TRC": _curve(gamma) for c in "rgb"})


def grey(gamma):
    return _profile(b"GRAY", {"kTRC": _curve(gamma)})


def encoded(picture, kind="PNG", **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def plain(colour, size=(96, 80), mode="RGB", kind="PNG", **options):
    """The bytes of a picture of one colour."""
    return encoded(Image.new(mode, size, colour), kind, **options)


def _xyz(values):
    return struct.pack(">4s4x3i", b"XYZ ", *(round(v * 65536) for v in values))


def _curve(gamma):
    return struct.pack(">4s4xIH2x", b"curv", 1, round(gamma * 256))


def _profile(space, tags):
    tags = {
        "desc": struct.pack(">4s4xI5s79x", b"desc", 5, b"test\0"),
        "cprt": b"text\0\0\0\0none\0\0\0\0",
        "wtpt": _xyz(WHITE),
    } | tags
    table, body = struct.pack(">I", len(tags)), b""
    begins = 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        where = begins + len(body)
        table += struct.pack(">4sII", name.encode(), where, len(value))
        body += value + b"\0" * (-len(value) % 4)
    head = struct.pack(">I4xI4s4s4s12x4s", begins + len(body), 0x02400000, b"mntr",
                       space, b"XYZ ", b"acsp")  # fmt: skip
    head = head.ljust(68, b"\0") + _xyz(WHITE)[8:]
    return head.ljust(128, b"\0") + table + body

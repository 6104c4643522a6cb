"""Measures for bench/labels.py: ``python -m bench.labels_commands times|peak``."""

import io
import json
import resource
import sys
import time
from collections.abc import Callable
from statistics import median

import django

django.setup()

from django.conf import settings  # noqa: E402
from PIL import Image  # noqa: E402

from generation import archive, labelled_files  # noqa: E402
from labels import encoding, tc260, xmp  # noqa: E402
from labels.label_settings import CORNERS  # noqa: E402

ROUNDS = 9


def picture(side: int, kind: str, number: int) -> bytes:
    """As drawn by a model: soft shapes, and some noise."""
    ramp = Image.radial_gradient("L").resize((side, side))
    noise = Image.effect_noise((side, side), 12)
    grey = Image.blend(ramp, noise, 0.1).point(lambda level: (level + number) % 256)
    out = io.BytesIO()
    Image.merge("RGB", (grey, ramp, noise)).save(out, kind, compress_level=1)
    return out.getvalue()


def wanted(original: str) -> labelled_files.Wanted:
    text = tc260.text_of(settings.LABEL_PRODUCER, "A" * 26, "v1.x")
    mark = encoding.Mark(text, xmp.TRAINED)
    return labelled_files.Wanted(original, CORNERS[0], mark)


def stored(content: bytes) -> labelled_files.Wanted:
    return wanted(archive.store(content).sha256)


def taken(work: Callable[[], object]) -> float:
    """CPU of all threads, in milliseconds."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def times() -> dict[str, float]:
    found = {}
    for name, side, kind in (("first", 1024, "JPEG"), ("png", 2048, "PNG")):
        asked = [stored(picture(side, kind, number)) for number in range(ROUNDS)]
        labelled_files.of(asked[0])  # the font is read
        each = [taken(lambda one=one: labelled_files.of(one)) for one in asked[1:]]
        found[f"labels.{name}_ms"] = median(each)
        if kind == "JPEG":
            kept = [taken(lambda one=one: read(one)) for one in asked for _ in range(5)]
            found["labels.cached_ms"] = median(kept)
    return found


def read(one: labelled_files.Wanted) -> None:
    with labelled_files.of(one).open() as file:
        file.read()


def peak() -> dict[str, float]:
    """In a process of its own: the peak never falls."""
    side = int(settings.RESULT_MAX_PIXELS**0.5)
    out, ramp = io.BytesIO(), Image.linear_gradient("L").resize((side, side))
    ramp.save(out, "PNG", compress_level=1)
    del ramp
    labelled_files.of(stored(out.getvalue()))
    return {"labels.peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    json.dump({"times": times, "peak": peak}[sys.argv[1]](), sys.stdout)

"""Files that are made to cost: small while packed, or slow to search."""

import struct
import time
import zlib

from labels import containers, provenance, xmp

#: Far above what each takes now, far below what it took.
MOST_SECONDS = 2.0


def _seconds_of(content: bytes) -> float:
    begun = time.process_time()
    provenance.origin(content)
    return time.process_time() - begun


def test_blanks_behind_the_word_are_searched_once() -> None:
    comment = containers.jpeg_segment(containers.COM, b"AIGC" + b" " * 60_000 + b"x")
    assert _seconds_of(b"\xff\xd8" + comment * 8 + b"\xff\xd9") < MOST_SECONDS


def test_thousands_of_packed_labels_are_not_all_unpacked() -> None:
    packed = zlib.compress(b"x" * (provenance.MOST_BYTES - 1))
    chunk = containers.png_chunk("zTXt", b"AIGC\0\0" + packed)
    head = containers.png_chunk("IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    end = containers.png_chunk("IEND", b"")
    found = provenance.origin(containers.PNG + head + chunk * 200 + end)
    assert len(found.labels) == provenance.MOST_TEXTS
    assert found.faults == ("PNG zTXt",)


def test_deep_elements_are_not_put_together_at_each_depth() -> None:
    deep = 30_000
    begun = time.process_time()
    read = xmp.read(b"<a>" * deep + b"</a>" * deep)
    assert time.process_time() - begun < MOST_SECONDS
    assert read == xmp.Read()


def test_a_packet_has_few_values() -> None:
    many = b"<AIGC>1</AIGC>" * (xmp.MOST_VALUES + 1)
    try:
        xmp.read(b"<a>" + many + b"</a>")
    except xmp.Unreadable:
        return
    raise AssertionError("read")

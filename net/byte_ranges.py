"""One range of bytes, as a browser asks that resumes a download (RFC 9110, 14.2)."""

import re

ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class NotThere(ValueError):
    """The range begins behind the end: 416."""


def parse(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte; None: all of it, also for what is no single range. Raises
    NotThere."""
    found = ONE.fullmatch(header.strip())
    if not found or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if not first:  # the last so many bytes
        if not int(last):
            raise NotThere
        return max(size - int(last), 0), size - 1
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    if start >= size:
        raise NotThere
    return start, end

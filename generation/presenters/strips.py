"""Geometry of pictures in rows: CSS classes, known before a picture is there.

The content policy forbids inline styles: a ratio is a class of ``strips.css``.
"""

#: Width : height in hundredths, as far as the classes go, and their step.
LEAST, MOST, STEP = 30, 250, 2
#: Pixels a strip has on a wide screen and on a phone; least height of a row there.
WIDE, WIDE_ROW, WHOLE_ROW = 860, 140, 280
NARROW, NARROW_ROW = 358, 150


def ratio(width: int, height: int) -> int:
    """In hundredths, as the class's name has it; 100 where unknown."""
    if not width or not height:
        return 100
    whole = round(100 * width / height / STEP) * STEP
    return min(max(whole, LEAST), MOST)


def columns(number: int, of_ratio: int, *, is_whole: bool = False) -> int:
    """On a wide screen. ``is_whole``: on the page of the generation alone."""
    row = WHOLE_ROW if is_whole else WIDE_ROW
    return _balanced(number, int(WIDE * 100 / (row * of_ratio)))


def narrow_columns(number: int, of_ratio: int) -> int:
    return _balanced(number, max(int(NARROW * 100 / (NARROW_ROW * of_ratio)), 2))


def _balanced(number: int, most: int) -> int:
    """Columns of rows that are about equally long."""
    rows = -(-number // max(most, 1))
    return -(-number // rows)

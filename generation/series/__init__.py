"""Series: a matrix of choices, or the rows of a table, asked for at once.

    axes        ``{a|b|c}`` and fields with several values → cells
    sheets      CSV, XLSX or pasted text → columns and rows
    planning    each cell checked by the operation's own form, and priced
    drafts      what a draft keeps: matrix or rows, mended one by one
    accepting   all cells become queued generations, in one transaction

What follows is each generation's own lifecycle; `lifecycle.series_steering` pauses,
resumes and cancels what was not sent yet.
"""

from generation.models import Artwork

#: Cells of a series, and generations accepted in one transaction.
MOST_CELLS = 2_000


def file_name(artwork: Artwork) -> str:
    """Of its row in a table, without extension; empty where none is named."""
    cell = getattr(artwork.generation, "cell", None)
    return cell.file_name if cell else ""

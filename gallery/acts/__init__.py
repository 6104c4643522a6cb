"""Acts on a selection of pictures. Each is one transaction, and can be undone.

    add_to_board, remove_from_board    BoardItem
    choose_cover                       Board.cover
    tag, untag                         TagItem, Tag.uses
    favourite, unfavourite             Favourite
    rate                               Rating
    mark_final, unmark_final           Final
    gallery.deletion.delete            Artwork.binned_at

Each returns its `Act`, or None where nothing changed. `undo` takes back exactly the
rows that the act changed: those that another act changed since stay.
"""

from gallery.acts.finals import mark_final, unmark_final
from gallery.acts.marks import favourite, rate, unfavourite
from gallery.acts.placing import (
    BadName,
    add_to_board,
    add_to_named_board,
    choose_cover,
    remove_from_board,
    tag,
    untag,
)
from gallery.acts.undoing import UNDO_FOR, TooLate, undo
from gallery.selection import MOST_PICTURES, TooMany, pictures

__all__ = [
    "MOST_PICTURES",
    "UNDO_FOR",
    "BadName",
    "TooLate",
    "TooMany",
    "add_to_board",
    "add_to_named_board",
    "choose_cover",
    "favourite",
    "mark_final",
    "pictures",
    "rate",
    "remove_from_board",
    "tag",
    "undo",
    "unfavourite",
    "unmark_final",
    "untag",
]

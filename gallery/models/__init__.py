from gallery.models.acts import Act
from gallery.models.boards import Board, BoardItem
from gallery.models.entries import Entry, UsedModel
from gallery.models.finals import Final
from gallery.models.marks import Favourite, Note, Rating
from gallery.models.share_links import Share, ShareItem
from gallery.models.tags import Tag, TagItem
from gallery.models.zips import NamePattern, Zip

__all__ = [
    "Act",
    "Board",
    "BoardItem",
    "Entry",
    "Favourite",
    "Final",
    "NamePattern",
    "Note",
    "Rating",
    "Share",
    "ShareItem",
    "Tag",
    "TagItem",
    "UsedModel",
    "Zip",
]

"""The bare script does the same work: the limit is worth nothing if it does less."""

import pytest
from PIL import Image

from bench import bare
from generation import archive


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_it_shrinks_pictures_as_the_archive_does(mode):
    picture = Image.radial_gradient("L").convert(mode).resize((96, 64))
    small = bare.smaller(picture)
    assert bare.webp(small, quality=80) == archive.thumbnail(picture)
    assert bare.cover(small) == archive.cover(small)

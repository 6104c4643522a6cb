"""The bare script does the same work, or its limit would mean nothing."""

import pytest
from PIL import Image

from bench.bare import renditions
from generation import archive


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_it_shrinks_pictures_as_the_archive_does(mode):
    picture = Image.radial_gradient("L").convert(mode).resize((96, 64))
    small = renditions.smaller(picture)
    assert renditions.webp(small, quality=80) == archive.thumbnail(picture)
    assert renditions.cover(small) == archive.cover(small)

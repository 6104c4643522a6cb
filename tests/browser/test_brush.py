"""A mask is painted on its picture, by finger and by keys; pictures are dropped."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from gateways import catalogue
from generation import uploads
from generation.models import Upload
from tests import factories
from tests.browser.drawer import open_groups

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"has_touch": True, "viewport": {"width": 390, "height": 844}}
#: Files that are dragged over an element, and let go there.
DROP = """async (field, [sizes, name]) => {
    const dataTransfer = new DataTransfer();
    for (const [width, height] of sizes) {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [width, height];
        const blob = await new Promise((done) => canvas.toBlob(done));
        dataTransfer.items.add(new File([blob], "a.png", {type: "image/png"}));
    }
    if (name) dataTransfer.items.add(new File(["%PDF"], name));
    const how = {dataTransfer, bubbles: true, cancelable: true};
    field.dispatchEvent(new DragEvent("dragover", how));
    const isShown = field.closest(".dropping") !== null;
    field.dispatchEvent(new DragEvent("drop", how));
    return isShown;
}"""


@pytest.fixture
def listed(alice, sandbox, live_server, settings):
    settings.PUBLIC_URL = live_server.url
    catalogue.refresh()
    return sandbox


@pytest.fixture
def brush(listed, alice, visit, page):
    """Opened on a picture of 600 × 400 pixels."""
    file = io.BytesIO(factories.picture_bytes(size=(600, 400)))
    file.size = len(file.getvalue())
    brought = uploads.take(file, by=alice, team=factories.team())
    visit(alice, f"/?operation=openai-edit&images={brought.token}")
    open_groups(page, "basics")
    page.get_by_role("button", name="Paint").click()
    stage = page.locator(".brush-stage")
    expect(stage).to_be_focused()
    page.wait_for_function(
        "() => document.querySelector('.brush-paper').clientWidth > 100"
    )
    return stage


def mask_of(page):
    """As stored."""
    page.get_by_role("button", name="Use the mask").click()
    expect(page.locator("#brush")).to_have_count(0)
    expect(page.locator("#field-mask .upload")).to_have_count(1)
    with uploads.open_whole(Upload.objects.latest("pk")) as file:
        mask = Image.open(file)
        mask.load()
    assert mask.size == (600, 400)
    return mask.convert("RGBA").getchannel("A")


@pytest.mark.browser_context_args(**PHONE)
def test_a_mask_is_painted_by_finger(brush, page):
    finger = page.context.new_cdp_session(page)

    def touch(kind, *points):
        at = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        event = {"type": f"touch{kind}", "touchPoints": at}
        finger.send("Input.dispatchTouchEvent", event)

    box = page.locator(".brush-paper").bounding_box()
    assert box["width"] <= 390
    left, middle = box["x"] + box["width"] / 4, box["y"] + box["height"] / 2
    right = box["x"] + box["width"] * 3 / 4
    touch("Start", (left, middle))
    touch("Move", (right, middle))
    touch("End")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    # Two fingers paint nothing: they come nearer.
    touch("Start", (left, middle))
    touch("Start", (left, middle), (right, middle))
    touch("Move", (left - 40, middle), (right + 40, middle))
    touch("End")
    wide = page.locator(".brush-paper").bounding_box()["width"]
    assert wide > box["width"] * 1.2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    clear = mask_of(page)
    assert clear.getpixel((300, 200)) == 0
    assert clear.getpixel((300, 40)) == 255
    assert clear.getpixel((40, 200)) == 255


def test_a_mask_is_painted_by_keys(brush, page):
    keys = page.keyboard
    for _ in range(3):
        keys.press("]")
    for _ in range(6):
        keys.press("[")
    keys.down(" ")
    keys.press("ArrowLeft")
    keys.press("Shift+ArrowLeft")
    keys.up(" ")
    keys.press("ArrowUp")  # no longer painting
    keys.press(" ")
    keys.press("Control+z")
    keys.press("Control+Shift+z")
    keys.press("Control+z")
    keys.press("i")
    keys.press("Control+z")
    keys.press("e")
    keys.press("ArrowDown")
    keys.press(" ")
    keys.press("Escape")  # what was painted is kept
    page.get_by_role("button", name="Paint").click()
    expect(page.locator(".brush-stage")).to_be_focused()
    clear = mask_of(page)
    assert clear.getpixel((300, 200)) == 0
    assert clear.getpixel((300, 150)) == 255
    assert clear.getpixel((300 - 70, 200)) == 255  # erased
    assert clear.getpixel((10, 10)) == 255


def test_pictures_are_dropped_on_their_field(listed, alice, visit, page, complaints):
    visit(alice, "/?operation=wujie-face-swap")
    target = page.locator("#field-face_template")
    assert target.locator(".uploads").evaluate(DROP, [[[96, 80]], ""])
    expect(target.locator(".upload img")).to_have_attribute("width", "96")
    expect(page.locator("#field-face .upload")).to_have_count(0)
    page.locator("#id_prompt").evaluate(DROP, [[[88, 80]], ""])  # the next free one
    face = page.locator("#field-face")
    expect(face.locator(".upload img")).to_have_attribute("width", "88")
    face.locator(".uploads").evaluate(DROP, [[], "a.pdf"])
    expect(face.locator(".error")).to_contain_text("a.pdf: This is no png")
    visit(alice, "/?operation=openai-edit")
    images = page.locator("#field-images")
    images.locator(".uploads").evaluate(DROP, [[[96, 80], [80, 96]], ""])
    expect(images.locator(".upload")).to_have_count(2)
    assert [text for text in complaints if "422" not in text] == []
    complaints.clear()

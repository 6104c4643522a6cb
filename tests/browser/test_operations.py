"""The operations in a browser: choices, uploads, dependencies, use again."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from generation import archive, uploads
from generation.models import Generation
from generation.operations import OPERATIONS
from tests import factories, told_lists
from tests.browser.drawer import open_groups
from tests.generation.operations.conftest import TYPED, has_prompt

pytestmark = pytest.mark.django_db(transaction=True)


#: A picture from the clipboard, as a browser tells of it.
PASTE = """async (field) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [96, 64];
    const blob = await new Promise((done) => canvas.toBlob(done));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([blob], "a.png", {type: "image/png"}));
    const how = {clipboardData, bubbles: true, cancelable: true};
    field.dispatchEvent(new ClipboardEvent("paste", how));
}"""


def photo(size=(128, 128)):
    out = io.BytesIO()
    Image.new("RGB", size, (90, 120, 40)).save(out, "PNG")
    return {"name": "photo.png", "mimeType": "image/png", "buffer": out.getvalue()}


@pytest.fixture
def listed(alice, sandbox, live_server, settings):
    settings.PUBLIC_URL = live_server.url
    told_lists.refresh()
    return sandbox


@pytest.fixture
def upload(alice):
    def bring():
        file = io.BytesIO(photo()["buffer"])
        file.size = len(file.getvalue())
        return uploads.take(file, by=alice, team=factories.team())

    return bring


def parameters():
    return Generation.objects.get().parameters


def send(page):
    page.locator("#submit-button").click()
    expect(page.locator(".generation")).to_have_count(1)


# --- Readable by all


def test_no_barrier_in_any_form(listed, alice, no_barrier, upload):
    training = factories.generation(
        alice, operation="avatar-training", parameters={"avatar_name": "Grandmother"}
    )
    factories.task(training, status="succeeded")
    photos = f"&photos={upload().token}"
    paths = ["/avatars/", f"/?operation=avatar-training{photos}"]
    many = ("wujie-drawing", "openai-image", "avatar-artwork", "wujie-midjourney")
    paths += [f"/?operation={slug}&open=all" for slug in many]
    for path in paths:
        no_barrier(alice, path, opened="details.group:not(.menu) > summary")


# --- Choices


def test_choices_are_searched_and_what_is_picked_stays(listed, alice, visit, page):
    visit(alice, "/?operation=wujie-drawing")
    open_groups(page, "looks")
    artists = page.locator("#picks-artists > label")
    first, second = artists.nth(0).inner_text(), artists.nth(1).inner_text()
    artists.nth(0).click()
    page.get_by_label("Search: Artists").fill(second)
    expect(artists.filter(visible=True)).to_have_count(2)  # and what is picked
    expect(artists.nth(0)).to_be_visible()
    page.get_by_label("Search: Artists").fill("no such artist")
    expect(artists.filter(visible=True)).to_have_count(1)
    page.get_by_role("button", name="Close the settings").click()
    page.fill("#id_prompt", "一只白鹤")
    send(page)
    assert parameters()["artists"] == [first]


def test_templates_are_searched_and_counted(listed, alice, visit, page):
    visit(alice, "/?operation=avatar-artwork")
    page.locator("#summary-templates").click()
    rows = page.locator("#counts-templates > label")
    shown = rows.filter(visible=True)
    name = "赛博朋克"
    page.get_by_label("Search: Templates").fill(name)
    expect(shown).to_have_count(1)
    themes = page.locator("#counts-templates > p").filter(visible=True)
    assert themes.all_inner_texts() == ["城市"]
    page.get_by_label(name).fill("3")
    page.get_by_label("Search: Templates").fill("古风")  # a theme, of two
    expect(shown).to_have_count(3)
    assert themes.all_inner_texts() == ["城市", "古风"]
    open_groups(page, "basics")
    page.get_by_label("Another avatar's key").fill("F" * 32)
    page.keyboard.press("Escape")
    expect(page.locator("#quote")).to_contain_text("2 integrals each × 3 = 6")
    send(page)
    assert list(parameters()["templates"].values()) == [3]


# --- What depends on what


def test_gpt_image_offers_what_its_model_takes(listed, alice, visit, page, complaints):
    visit(alice, "/?operation=openai-image")
    page.fill("#id_prompt", "A sign that says OPEN")
    open_groups(page, "basics")
    expect(page.locator("#field-output_compression")).to_have_count(0)
    page.get_by_label("Format").select_option("jpeg")
    expect(page.locator("#field-output_compression")).to_have_count(1)
    page.get_by_label("Background").select_option("transparent")
    page.get_by_label("Background").press("Control+Enter")
    error = page.locator("#field-background .error")
    expect(error).to_contain_text("A jpeg cannot be transparent")
    page.locator("#operation-fields").evaluate("old => { old.dataset.old = '' }")
    page.get_by_label("Format").select_option("webp")
    page.locator("#operation-fields:not([data-old])").wait_for()  # they came anew
    page.get_by_label("Compression").fill("80")
    page.keyboard.press("Escape")
    page.get_by_label("Model", exact=True).select_option("dall-e-3")
    gone = ("output_format", "output_compression", "background", "moderation")
    for name in (*gone, "pictures"):
        expect(page.locator(f"#field-{name}")).to_have_count(0)
    expect(page.locator("label[title='1792 × 1024']")).to_be_visible()
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Style").select_option("vivid")
    page.keyboard.press("Escape")
    page.get_by_label("Model", exact=True).select_option("gpt-image-1")
    # What was chosen for it waited.
    page.get_by_role("button", name="Settings").click()
    expect(page.get_by_label("Format")).to_have_value("webp")
    expect(page.get_by_label("Compression")).to_have_value("80")
    page.keyboard.press("Escape")
    send(page)
    found = parameters()
    assert (found["output_format"], found["output_compression"]) == ("webp", 80)
    assert found["background"] == "transparent"
    assert "openai_style" not in found
    assert [text for text in complaints if "422" not in text] == []
    complaints.clear()


# --- Pictures of one's own


def test_a_picture_is_brought_looked_at_and_left_out(listed, alice, visit, page):
    visit(alice, "/?operation=wujie-supersize")
    field = page.locator("#field-small_picture")
    field.locator("input[type=file]").set_input_files(photo())
    expect(field.locator("img")).to_have_count(1)
    shown = field.locator("img").evaluate("img => img.decode().then(() => true)")
    assert shown
    field.locator("input[type=file]").set_input_files(photo((96, 64)))
    expect(field.locator("img")).to_have_attribute("width", "96")
    expect(page.locator("#quote")).to_contain_text("4 integrals")
    field.locator("label.upload").click()
    expect(page.locator("#quote")).to_contain_text("Still missing: Image to upscale")
    field.locator("label.upload").click()
    expect(page.locator("#quote")).to_contain_text("4 integrals")
    send(page)
    assert [each["width"] for each in parameters()["small_picture"]] == [96]


# --- Again, and without JavaScript


def test_each_is_used_again_without_a_complaint(listed, alice, visit, page, upload):
    for slug, operation in OPERATIONS.items():
        form = operation.form_class
        typed = {"prompt": "一只白鹤"} if has_prompt(operation) else {}
        client_typed = {"operation": slug, **TYPED[slug], **typed}
        for name, field in form.base_fields.items():
            if field.required and name not in client_typed and name != "prompt":
                client_typed[name] = upload().token
        query = "&".join(f"{name}={value}" for name, value in client_typed.items())
        visit(alice, f"/?{query}")
        expect(page.locator("#quote strong")).to_be_visible()
        expect(page.locator("#submit-button")).to_be_enabled()
    send(page)  # the last one
    made = Generation.objects.get()
    visit(alice, f"/?again={made.pk}")
    expect(page.locator("#quote strong")).to_be_visible()
    assert page.locator("input[name=operation]").get_attribute("value") == slug


def test_without_javascript(listed, alice, visit, browser, live_server, page):
    visit(alice, "/activity/")
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(page.context.cookies())
    plain = context.new_page()
    plain.goto(f"{live_server.url}/")
    plain.locator("#picker-summary").click()
    plain.get_by_role("button", name="Show all operations and settings").click()
    plain.locator("#picker-summary").click()
    plain.get_by_role("button", name="Train an avatar").click()
    plain.get_by_label("Avatar name").fill("Grandmother")
    plain.locator("input[type=file]").set_input_files([photo(), photo((128, 130))])
    plain.get_by_role("button", name="Train", exact=True).click()
    expect(plain.locator(".generation")).to_have_count(1)
    assert len(parameters()["photos"]) == 2
    context.close()


def test_a_shape_stays_where_it_is_pressed(alice, listed, visit):
    """Else it may move away under the pointer, and is never chosen."""
    page = visit(alice, "/?operation=wujie-drawing")
    shape = page.locator("label:has(input[value='1024x768'])")
    before = shape.bounding_box()
    shape.hover()
    page.mouse.down()
    assert shape.bounding_box() == before
    page.mouse.up()
    assert shape.locator("input").is_checked()


def test_a_picture_of_the_gallery_becomes_a_reference(listed, alice, visit, page):
    shown = factories.artwork(alice)
    archive.write(archive.name(shown.sha256, "original"), photo((96, 64))["buffer"])
    archive.write(archive.name(shown.sha256, "thumbnail"), photo((96, 64))["buffer"])
    visit(alice, "/?operation=wujie-drawing")
    page.locator("#field-init_image .pick > summary").click()
    page.get_by_role("button", name="Use as reference").click()
    expect(page.locator("#field-init_image .upload img")).to_have_attribute(
        "width", "96"
    )


def test_a_picture_is_pasted_as_a_reference(listed, alice, visit, page):
    visit(alice, "/?operation=wujie-drawing")
    page.locator("#id_prompt").evaluate(PASTE)
    expect(page.locator("#field-init_image .upload img")).to_have_attribute(
        "width", "96"
    )

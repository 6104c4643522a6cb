"""Multi-diffusion: each member of §7.1.1 can be sent, and none is sent unset."""

import pytest

from generation.operations import OPERATIONS
from generation.operations.drawing_parts.tiles import METHODS, UPSCALERS
from tests.generation.operations.test_drawing_parts import body, form, refused

pytestmark = pytest.mark.one_database

ON = {"td_enabled": "on", "tv_enabled": "on"}
#: Every member, other than at its default, and as it goes out.
DIFFUSION = {
    "method": ("Mixture of Diffusers", "Mixture of Diffusers"),
    "overwrite_size": ("yes", True),
    "keep_input_size": ("yes", True),
    "image_width": ("2048", 2048),
    "image_height": ("1536", 1536),
    "tile_width": ("256", 256),
    "tile_height": ("16", 16),
    "overlap": ("0", 0),
    "tile_batch_size": ("8", 8),
    "upscaler_name": ("R-ESRGAN 4x+", "R-ESRGAN 4x+"),
    "scale_factor": ("1.5", 1.5),
    "noise_inverse": ("yes", True),
    "noise_inverse_steps": ("200", 200),
    "noise_inverse_retouch": ("2.5", 2.5),
    "noise_inverse_renoise_strength": ("0", 0.0),
    "noise_inverse_renoise_kernel": ("2", 2),
    "control_tensor_cpu": ("yes", True),
    "draw_background": ("no", False),
    "causal_layers": ("yes", True),
}
VAE = {
    "encoder_tile_size": ("4096", 4096),
    "decoder_tile_size": ("48", 48),
    "vae_to_gpu": ("no", False),
    "fast_decoder": ("no", False),
    "fast_encoder": ("no", False),
    "color_fix": ("yes", True),
}
AREA = {
    "prompt": ("a red door", "a red door"),
    "neg_prompt": ("a window", "a window"),
    "x": ("0", 0.0),
    "y": ("0.5", 0.5),
    "w": ("1", 1.0),
    "h": ("0.25", 0.25),
    "blend_mode": ("Foreground", "Foreground"),
    "feather_ratio": ("0.1", 0.1),
    "seed": ("7", 7),
}


def typed(prefix, members):
    return {f"{prefix}{name}": value for name, (value, _wire) in members.items()}


def wired(members):
    return {name: wire for name, (_value, wire) in members.items()}


EVERYTHING = ON | typed("td_", DIFFUSION) | typed("tv_", VAE)


def test_nothing_is_said_of_tiles_unasked():
    assert "multi_diffusion" not in body()


def test_every_member_goes_out_by_its_name():
    assert body(**EVERYTHING, **typed("td_areas:2:", AREA))["multi_diffusion"] == {
        "tiled_diffusion": {
            "enabled": True,
            **wired(DIFFUSION),
            "enable_bbox_control": True,
            "bbox_control_states": [{"enabled": True, **wired(AREA)}],
        },
        "tiled_vae": {"enabled": True, **wired(VAE)},
    }


def test_there_is_no_member_that_the_documents_lack(sample):
    told = sample("ai_info.response_success")["data"]["multi_diffusion"]
    found = body(**EVERYTHING, **typed("td_areas:1:", AREA))["multi_diffusion"]
    assert found.keys() == told.keys()
    for name, members in told.items():
        assert found[name].keys() == members.keys()
    (area,) = told["tiled_diffusion"]["bbox_control_states"]
    (sent,) = found["tiled_diffusion"]["bbox_control_states"]
    assert sent.keys() == area.keys()


def test_switched_on_alone_the_rest_is_the_gateways():
    """What is left out is on there by default, so it is said to be off."""
    assert body(td_enabled="on")["multi_diffusion"] == {
        "tiled_diffusion": {"enabled": True},
        "tiled_vae": {"enabled": False},
    }
    assert body(tv_enabled="on")["multi_diffusion"] == {
        "tiled_diffusion": {"enabled": False},
        "tiled_vae": {"enabled": True},
    }


@pytest.mark.parametrize("name", [*typed("td_", DIFFUSION), *typed("tv_", VAE)])
def test_a_setting_needs_its_tiles(name):
    assert refused(**{name: EVERYTHING[name]}) == [name]
    other = "tv_enabled" if name.startswith("td_") else "td_enabled"
    assert refused(**{name: EVERYTHING[name], other: "on"}) == [name]


def test_areas_need_their_tiles():
    assert refused(**{"td_areas:1:prompt": "a door"}) == ["td_areas"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("td_method", "Other"),
        ("td_upscaler_name", "RealESRGAN"),
        ("td_overwrite_size", "maybe"),
        ("td_image_width", "63"),
        ("td_tile_width", "15"),
        ("td_tile_width", "24"),  # steps of 16
        ("td_tile_height", "272"),
        ("td_overlap", "257"),
        ("td_overlap", "-1"),
        ("td_tile_batch_size", "9"),
        ("td_scale_factor", "8.1"),
        ("td_scale_factor", "0.9"),
        ("td_noise_inverse_steps", "201"),
        ("td_noise_inverse_retouch", "0.9"),
        ("td_noise_inverse_renoise_strength", "2.1"),
        ("td_noise_inverse_renoise_kernel", "1"),
        ("tv_encoder_tile_size", "255"),
        ("tv_encoder_tile_size", "4112"),
        ("tv_decoder_tile_size", "47"),
        ("tv_decoder_tile_size", "56"),  # steps of 16
        ("tv_fast_decoder", "x"),
    ],
)
def test_what_is_beyond_its_range(name, value):
    assert refused(**ON, **{name: value}) == [name]


@pytest.mark.parametrize("name", ["x", "y", "w", "h", "feather_ratio"])
@pytest.mark.parametrize("value", ["-0.1", "1.1", "x", "nan"])
def test_an_area_lies_inside_of_the_picture(name, value):
    filled = form(**ON, **{f"td_areas:3:{name}": value})
    assert list(filled.errors) == ["td_areas"]
    assert "3" in filled.errors["td_areas"][0]


@pytest.mark.parametrize(
    ("name", "value"),
    [("blend_mode", "Middle"), ("seed", "-2"), ("seed", "x"), ("prompt", "a" * 301)],
)
def test_what_an_area_cannot_be(name, value):
    assert refused(**ON, **{f"td_areas:1:{name}": value}) == ["td_areas"]


def test_areas_that_nobody_filled_in_are_none():
    found = body(**ON, **{"td_areas:1:prompt": "", "td_areas:4:x": "0.5"})
    told = found["multi_diffusion"]["tiled_diffusion"]
    assert told["bbox_control_states"] == [{"enabled": True, "x": 0.5}]
    empty = body(**ON, **{"td_areas:1:prompt": " "})["multi_diffusion"]
    assert "enable_bbox_control" not in empty["tiled_diffusion"]


def test_every_name_is_offered_as_documented():
    fields = form().fields
    assert {key for key, _ in fields["td_method"].choices} == {"", *METHODS}
    assert {key for key, _ in fields["td_upscaler_name"].choices} == {"", *UPSCALERS}


DRAWN = {"prompt": "山", "model": "1", "size": "1024x1024", "pictures": "1"}


@pytest.mark.django_db(transaction=True)
def test_from_the_form_to_an_archived_picture(asks, archived, sandbox, member):
    areas = {**typed("td_areas:1:", AREA), "td_areas:2:prompt": "a lamp"}
    generation = archived(asks("wujie-drawing", **DRAWN, **EVERYTHING, **areas))
    (job,) = sandbox.state()["jobs"]
    assert generation.tasks.get().key == job["key"]
    # The sandbox gives the whole request back in ``/ai/info``.
    page = member.get(f"/artworks/{generation.artworks.get().pk}/?told=1")
    said = dict(page.context["details"].fine)
    assert said["multi_diffusion.tiled_diffusion.method"] == "Mixture of Diffusers"
    start = "multi_diffusion.tiled_diffusion.bbox_control_states"
    assert said[f"{start} 1.prompt"] == "a red door"
    assert said[f"{start} 2.prompt"] == "a lamp"
    assert said["multi_diffusion.tiled_vae.decoder_tile_size"] == "48"
    # And the page of the generation says what was asked for.
    page = member.get(f"/generations/{generation.pk}/").content.decode()
    assert "2 areas" in page


@pytest.mark.django_db(transaction=True)
def test_use_again_brings_everything_back(asks, member):
    areas = typed("td_areas:1:", AREA)
    generation = asks("wujie-drawing", **DRAWN, **EVERYTHING, **areas)
    page = member.get(f"/?again={generation.pk}")
    initial = page.context["form"].initial
    for name, value in generation.parameters.items():
        if name.startswith(("td_", "tv_")):
            assert initial[name] == value
    assert 'name="td_areas:1:x" value="0.0"' in page.content.decode()


def test_what_was_typed_waits_while_another_operation_is_looked_at(member):
    asked = {"operation": "wujie-flux", "td_areas:1:x": "0", "td_enabled": "on"}
    kept = member.get("/", asked).context["hidden_values"]
    assert ("td_areas:1:x", "0") in kept
    assert ("td_enabled", "True") in kept


def test_each_area_has_inputs_with_labels_of_their_own(member):
    page = member.get("/?td_areas:2:prompt=lamp&open=tiles").content.decode()
    assert page.count('id="id_td_areas:2:prompt"') == 1
    assert page.count('for="id_td_areas:2:prompt"') == 1
    assert 'name="td_areas:2:prompt" value="lamp"' in page


def test_only_drawings_have_tiles():
    with_tiles = {
        slug
        for slug, operation in OPERATIONS.items()
        if "td_enabled" in operation.form_class.base_fields
    }
    assert with_tiles == {"wujie-drawing"}

"""Each of the vendors' own samples is parsed or produced by a test: by which one."""

import ast

import pytest

from tests.conftest import BASE_DIR

CLIENT = "gateways/providers/test_samples.py"
SANDBOX = "sandbox/test_samples.py"
BODY, REPLY = f"{CLIENT}::test_a_body_goes_out_as_printed", f"{CLIENT}::test_a_reply"
NO_SUBMIT = f"{REPLY}_without_a_key_is_no_submit"
ARRAY = f"{CLIENT}::test_keys_go_out_as_a_bare_array"
POLL = f"{CLIENT}::test_a_poll_is_read_whatever_wraps_it"
CALLBACK = f"{CLIENT}::test_a_callback_names_its_key"
JUMDATA = f"{SANDBOX}::test_jumdata_has_the_documented_fields"
FAILURE = f"{SANDBOX}::test_jumdata_refuses_in_the_documented_words"
OPERATIONS = "generation/operations"
USED_BY = {
    "ai_create.callback_success": (
        f"{SANDBOX}::test_the_callback_has_the_documented_fields"
    ),
    "ai_generating_info.request_as_printed": ARRAY,
    "ai_generating_info.response_as_printed": POLL,
    "ai_info.audit_info_inner": f"{CLIENT}::test_info_is_read",
    "ai_info.response_success": (f"{SANDBOX}::test_info_has_the_documented_fields"),
    "ai_pro_generating_info.request_as_printed": ARRAY,
    "ai_pro_generating_info.response_as_printed": POLL,
    "auth.authorization_header_template_as_printed": (
        f"{CLIENT}::test_the_header_is_as_printed"
    ),
    "avatar_artwork_create.callback_success": CALLBACK,
    "avatar_artwork_create.request": (
        f"{OPERATIONS}/test_avatar_artwork.py::test_the_body_is_the_sample"
    ),
    "avatar_artwork_create.response_success": (
        f"{OPERATIONS}/test_avatar_artwork.py::test_the_sample_of_a_reply_is_read"
    ),
    "chat_completions.request_as_printed": BODY,
    "chat_completions.response_chunk_as_printed": (
        f"{CLIENT}::test_a_chunk_of_a_chat_is_no_envelope"
    ),
    "fault_notice.inbound_request": f"{CLIENT}::test_a_fault_notice_names_no_key",
    "image_service_create.request_as_printed": BODY,
    "image_service_create.response_as_printed": NO_SUBMIT,
    "images_edits.request_as_printed": (
        f"{OPERATIONS}/test_openai_edit.py::test_the_body_has_the_documented_fields_only"
    ),
    "images_generations.request_as_printed": (
        f"{OPERATIONS}/test_openai_image.py::test_every_field_of_the_page_can_be_sent"
    ),
    "images_generations.response_success": f"{REPLY}_names_its_keys",
    "jumdata_draw_query.response_failure_400": FAILURE,
    "jumdata_draw_query.response_success_done": JUMDATA,
    "jumdata_draw_submit.response_failure_400": FAILURE,
    "jumdata_draw_submit.response_success": JUMDATA,
    "mirror_create.request_as_printed": BODY,
    "mirror_init_image_check.request": BODY,
    "mirror_init_image_check.response_as_printed": NO_SUBMIT,
    "open_platform_task_create.request_fields_as_printed": BODY,
    "qps_calculate.request_as_printed": BODY,
    "qps_calculate.response_as_printed": NO_SUBMIT,
    "text_video_create.callback_success": CALLBACK,
    "text_video_create.request_as_printed": BODY,
}
#: These run over the whole folder, so they name no sample by itself.
OVER_THE_FOLDER = {BODY, ARRAY, CALLBACK}


def test_every_sample_has_its_test():
    folder = BASE_DIR / "tests/samples"
    assert {path.stem for path in folder.glob("*.json")} == set(USED_BY)


@pytest.mark.parametrize("name", sorted(USED_BY))
def test_the_test_is_there_and_uses_it(name):
    path, test = USED_BY[name].split("::")
    source = (BASE_DIR / "tests" / path).read_text(encoding="utf-8")
    functions = {
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    }
    assert test in functions
    assert USED_BY[name] in OVER_THE_FOLDER or name in source

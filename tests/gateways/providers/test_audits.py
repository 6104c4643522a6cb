import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.providers.base import Audit, Label, Verdict
from gateways.providers.wujie.audits import read_audit

NONE = Audit(Verdict.MISSING)

#: As printed in the 图片换脸 callback (contract §6.3).
ALIBABA = {
    "code": 200,
    "data_id": "123932",
    "msg": "OK",
    "results": [
        {"label": "normal", "rate": 99.9, "scene": "porn", "suggestion": "pass"},
        {"label": "normal", "rate": 99.88, "scene": "terrorism", "suggestion": "pass"},
    ],
}


def scene(suggestion, label="porn", rate=0.9):
    return {
        "rate": rate,
        "suggestion": suggestion,
        "label": label,
        "label_desc": "色情",
        "scene": "PORN",
    }


def current(*scenes, **fields):
    return {"check_fail": False, "scan_scene_d_t_o_s": list(scenes), **fields}


def test_the_recorded_audit_is_a_pass_with_five_labels(sample):
    audit = read_audit(sample("ai_info.audit_info_inner"), 0)
    assert audit.verdict is Verdict.PASS
    assert not audit.check_failed
    assert not audit.is_offending
    assert audit.labels[0] == Label(
        "politics", "涉政", "TERRORISM", Verdict.PASS, 0.9944
    )
    assert [label.label for label in audit.labels] == [
        "politics",
        "terrorism",
        "porn",
        "prohibition",
        "sexy",
    ]


def test_string_and_object_mean_the_same(sample):
    query = sample("ai_info.response_success")["data"]["audit_info"]
    callback = sample("ai_create.callback_success")["audit_info"]
    assert isinstance(query, str)
    assert isinstance(callback, dict)
    assert read_audit(query, 0) == read_audit(callback, 0)
    assert read_audit(query, 0).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "info",
    [
        None,
        "",
        " ",
        "{}",
        {},
        [],
        "null",
        "[]",
        7,
        True,
        "no json",
        '{"check_fail":fal',
    ],
)
def test_no_readable_audit_is_missing_and_never_a_pass(info):
    assert read_audit(info, 0) == NONE


def test_the_documents_unescaped_form_is_unreadable_not_a_crash():
    assert read_audit('{"check_fail":false,"hit":"{"a":1}"}', 0) == NONE


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        ("PASS", Verdict.PASS),
        ("pass", Verdict.PASS),
        ("Review", Verdict.REVIEW),
        ("BLOCK", Verdict.BLOCK),
        (" block ", Verdict.BLOCK),
        ("UNHEARD_OF", Verdict.MISSING),
        (3, Verdict.MISSING),
        ({}, Verdict.MISSING),
    ],
)
def test_the_total_suggestion_is_read_in_any_case(word, verdict):
    assert read_audit(current(total_suggestion=word), 0).verdict is verdict


@pytest.mark.parametrize(
    ("suggestions", "verdict"),
    [
        (["pass", "pass"], Verdict.PASS),
        (["pass", "review"], Verdict.REVIEW),
        (["review", "BLOCK", "pass"], Verdict.BLOCK),
        (["pass", "what"], Verdict.MISSING),
        (["pass", None], Verdict.MISSING),
        ([], Verdict.MISSING),
    ],
)
@pytest.mark.parametrize("total", [{}, {"total_suggestion": None}])
def test_without_a_total_the_worst_label_decides(suggestions, verdict, total):
    info = current(*(scene(word) for word in suggestions), **total)
    assert read_audit(info, 0).verdict is verdict


def test_a_label_worse_than_the_total_is_believed():
    info = current(scene("block"), total_suggestion="PASS")
    assert read_audit(info, 0).verdict is Verdict.BLOCK


def test_porn_in_review_is_kept_among_the_labels():
    audit = read_audit(current(scene("review"), total_suggestion="REVIEW"), 0)
    assert audit.labels == (Label("porn", "色情", "PORN", Verdict.REVIEW, 0.9),)


def test_the_misspelt_lable_of_the_prose_is_read():
    row = scene("pass")
    row["lable"] = row.pop("label")
    assert read_audit(current(row), 0).labels[0].label == "porn"


@pytest.mark.parametrize("value", [True, 1, "1", "true", "what"])
def test_a_failed_check_is_told(value):
    info = current(total_suggestion="PASS", check_fail=value)
    assert read_audit(info, 0).check_failed is True


@pytest.mark.parametrize("value", [False, 0, "0", "false", None, ""])
def test_a_check_that_did_not_fail_is_told(value):
    info = current(total_suggestion="PASS", check_fail=value)
    assert read_audit(info, 0).check_failed is False


@pytest.mark.parametrize("value", [1, "1", True, "true"])
def test_involve_yellow_as_number_string_and_bool(value):
    assert read_audit(current(total_suggestion="PASS"), value).is_offending is True
    assert read_audit(None, value) == Audit(Verdict.MISSING, is_offending=True)


@pytest.mark.parametrize("value", [0, "0", False, None])
def test_involve_yellow_not_set(value):
    assert read_audit(current(total_suggestion="PASS"), value).is_offending is False


@pytest.mark.parametrize("result", [ALIBABA, json.dumps(ALIBABA)])
@pytest.mark.parametrize("vendor", [{"vendor": 1}, {"vendor": "1"}, {}])
def test_the_older_form_of_alibaba_has_rates_up_to_100(result, vendor):
    info = {**vendor, "result": result}
    for form in (info, json.dumps(info)):
        audit = read_audit(form, 0)
        assert audit.verdict is Verdict.PASS
        assert [label.scene for label in audit.labels] == ["PORN", "TERRORISM"]
        assert [label.label for label in audit.labels] == ["normal", "normal"]
        assert audit.labels[0].rate == pytest.approx(0.999)


def test_the_older_form_takes_the_worst_label():
    blocked = {"results": [scene("pass", rate=99), scene("block", rate=80)]}
    audit = read_audit({"vendor": 1, "result": blocked}, 1)
    assert audit.verdict is Verdict.BLOCK
    assert audit.is_offending


def test_the_older_form_of_yidun_needs_a_person():
    for result in ("", "{}", {"anything": 1}, json.dumps(ALIBABA)):
        audit = read_audit({"vendor": 2, "result": result}, 0)
        assert audit.verdict is Verdict.REVIEW


@pytest.mark.parametrize("result", ["", None, "half {", [], 4, {}, {"results": {}}])
def test_an_unreadable_older_form_is_missing(result):
    assert read_audit({"vendor": 1, "result": result}, 0) == NONE


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(1, 1.0), (1.0, 1.0), ("0.5", 0.5), (None, None), ("x", None), (99.9, None)],
)
def test_a_rate_out_of_its_scale_is_none(rate, expected):
    audit = read_audit(current(scene("pass", rate=rate)), 0)
    assert audit.labels[0].rate == expected


def test_rows_that_are_no_labels_spoil_none():
    info = current("x", None, 4, scene("pass"), [], total_suggestion="PASS")
    audit = read_audit(info, 0)
    assert audit.verdict is Verdict.PASS
    assert len(audit.labels) == 1


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "check_fail",
                    "total_suggestion",
                    "scan_scene_d_t_o_s",
                    "vendor",
                    "result",
                    "results",
                    "suggestion",
                    "label",
                    "rate",
                    "scene",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(junk, junk)
def test_no_audit_raises_or_passes_without_saying_so(info, involve_yellow):
    audit = read_audit(info, involve_yellow)
    said_pass = "pass" in json.dumps(info).lower()
    assert said_pass or audit.verdict is not Verdict.PASS

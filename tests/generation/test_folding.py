"""Spellings of the same word are equal, and each folded letter knows its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.models import Generation
from generation.models.folding import fold, fold_with_spans
from tests import factories

SAME = [
    ("nude", "ｎｕｄｅ"),
    ("nude", "nu\u200bde"),
    ("nude", "nu\u00adde"),
    ("nude", "NU\u2060D\u200dE\ufeff"),
    ("裸体", "裸 体"),
    ("裸体", "裸\u200b体"),
    ("裸体", "裸體"),
    ("裸体", "裸_\n\u3000体"),
    ("后面", "後面"),
    ("naked woman", "naked  woman"),
    ("naked woman", "naked\nwoman"),
    ("naked woman", "naked_woman"),
    ("naked woman", "  NAKED\u00a0＿ woman\t"),
    ("café", "cafe\u0301"),
    ("CAFÉ", "cafe\u200b\u0301"),
    ("Красный дракон", "красный ДРАКОН"),
    ("ÄRGER", "ärger"),
    ("straße", "STRASSE"),
    ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
    ("ＣＡＴ ｉｎ ｒａｉｎ", "CAT in rain"),
    ("ﬁne", "FINE"),
    ("각", "\u1100\u1161\u11a8"),
    ("ガラス", "ｶﾞﾗｽ"),
    ("a\x00b", "ab"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_a_word_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("cafe", "café"), ("nude", "nu de"), ("naked woman", "nakedwoman")),
        *(("красный", "краснои"), ("a-b", "ab"), ("한 국", "한국"), ("猫", "貓咪")),
    ],
)
def test_other_words_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_takes_a_shorter_way_to_the_same(text: str) -> None:
    assert fold(text) == fold_with_spans(text)[0]


@given(st.text(), st.text(), st.text())
def test_each_letter_comes_of_its_slice(before: str, word: str, after: str) -> None:
    text = before + word + after
    folded, spans = fold_with_spans(text)
    assert len(spans) == len(folded)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    for letter, (start, end) in zip(folded, spans, strict=True):
        assert letter == " " or letter in fold(text[start:end])


@pytest.mark.django_db
@pytest.mark.both_databases
def test_each_way_to_store_a_prompt_folds_it(alice: object) -> None:
    row = factories.generation(alice, prompt="ＣＡＴ 裸 體")
    assert Generation.objects.get(pk=row.pk).words == "cat 裸体 体"
    row.prompt = "Красный"
    row.save()
    assert Generation.objects.get(pk=row.pk).words == "красный"
    row.pk, row.submit_key, row.callback_token = None, "6f" * 16, "other"
    Generation.objects.bulk_create([row])
    assert Generation.objects.filter(words="красный").count() == 2

"""The interface speaks the field's words: home-made ones are gone, in both languages.

Each pattern is a word that was replaced, and stands in no sentence of the catalogue.
"""

import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
ENTRIES = list(polib.pofile(str(PO)))

#: Regular expressions; ``^…$`` where the word alone was the label.
ENGLISH = (
    "^Draw$",
    "Not in the picture",
    "[Cc]loseness to the prompt",
    "picture to begin with",
    "^Bring a picture",
    "^Variety$",
    "[Nn]ewer enlarger",
    "[Rr]epeats like a tile",
    "left to the gateway",
    "^Looks$",
    "[Ff]ine settings",
    "[Tt]iles, for experts",
    "[Yy]outhify",
    "[Ee]nlarge",
    "[Uu]se again",
    "[Pp]laces? forward",
    "[Qq]ueued (there|here)",
    "^(Moving|Held|Stopped|Uncertain)$",
    "[Aa]sked for by",
    "With what it was drawn",
    "Offends, says",
    "Its integrals",
    "[Nn]ot released",
    "^Release$",
    "[Rr]elease the rest",
    "[Hh]eld back( |$)(?!before|now)",
    "^The queue$",
    "^(Sheet|One by one|Numbers)$",
    "^(Your )?[Dd]esk$",
    "[Gg]rave (picture|content)",
    "[Kk]nown answers",
    "Alike within",
    "other inbox",
    "Give it to them",
    "[Cc]ame to nothing",
    "[Mm]ovements?",
    "^Book it$",
    "Give more",
    "Units together",
    "Balance there",
    "\\bPump\\b|\\bpump\\b",
    "Tell admins below",
    "[Aa]t risk",
    "Nothing like that",
    "in trouble",
    "Nothing needs you",
    "\\b1 (days|pictures|integrals|minutes|hours)\\b",
)
CHINESE = (
    "由网关决定",
    "^动态$",
    "存疑",
    "放行",
    "驳回",
    "揭开",
    "你的工作台|^工作台$",
    "整页审核",
    "质控图",
    "拨付",
    "解除预留",
    "凭证",
    "核对于",
    "前一同期",
    "(我方|对方)缺少",
    "有风险的内容",
    "小时、",
    "无界(?!AI)",
)


def english(entry: polib.POEntry) -> list[str]:
    return [entry.msgid, entry.msgid_plural]


def chinese(entry: polib.POEntry) -> list[str]:
    return [entry.msgstr, *entry.msgstr_plural.values()]


@pytest.mark.parametrize("pattern", ENGLISH)
def test_an_old_english_word_is_gone(pattern: str) -> None:
    said = [text for entry in ENTRIES for text in english(entry)]
    assert [text for text in said if re.search(pattern, text)] == []


@pytest.mark.parametrize("pattern", CHINESE)
def test_an_old_chinese_word_is_gone(pattern: str) -> None:
    said = [text for entry in ENTRIES for text in chinese(entry)]
    assert [text for text in said if re.search(pattern, text)] == []


#: An ASCII mark right behind a Chinese character, as a sentence's punctuation.
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?](?!\S*[a-z]+://)")


def test_chinese_sentences_have_full_width_punctuation() -> None:
    said = [text for entry in ENTRIES for text in chinese(entry)]
    assert [text for text in said if HALF_WIDTH.search(text)] == []

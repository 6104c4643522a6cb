"""What the labels say: the visible text and the producer, checked as the portal starts.

Rules: GB 45438-2025 5.2 and E j, TC260-PG-20252A, as quoted in the specification of
labels. Nothing is invented: without a producer no TC260 label is written.
"""

import re

#: Changes whenever the same picture would be labelled otherwise.
RULES = "1"
TEXT = "AI生成"
#: Glyphs of the bundled font beside printable ASCII.
GLYPHS = "人工智能生成合由·内容图片本为此的与辅助创作"
#: Widths of the text in ems: the plate fits the shortest side (`drawing`).
WIDEST_EMS, LATIN_EMS = 12.5, 0.65
CORNERS = ("bottom-right", "bottom-left", "top-right", "top-left", "bottom", "top")

CODE = re.compile("00[0-9A-Z]{25}")
#: Code points that a value may hold: no space, no quote, no backslash, no Chinese.
NAME = re.compile(r"[!#-\[\]-~]{1,128}")
#: Digits of a unified social credit code, in the order of their values (GB 32100).
CREDIT_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def text_fault(text: str) -> str:
    """Why it cannot be the visible text; empty: it can."""
    if not re.search("人工智能|AI", text) or not re.search("生成|合成", text):
        return "needs 人工智能 or AI, and 生成 or 合成"
    if sum(LATIN_EMS if each <= "~" else 1 for each in text) > WIDEST_EMS:
        return "is too long for the shortest side of a picture"
    unknown = [each for each in text if not (" " <= each <= "~" or each in GLYPHS)]
    if unknown:
        return f"holds {unknown[0]!r}, which the bundled font does not draw"
    return ""


def producer_fault(producer: str) -> str:
    """Why it cannot stand in a label; empty: it can. A name of 27 characters that
    begins with 00 is read as a code."""
    if not NAME.fullmatch(producer):
        return (
            "is neither a code of 27 characters nor a name of printable ASCII"
            " without spaces, quotes and backslashes"
        )
    if len(producer) == 27 and producer.startswith("00"):
        if not CODE.fullmatch(producer):
            return "is no code: 00 and 25 digits or capital letters"
        if producer[2:4] == "11" and not is_credit_code(producer[4:22]):
            return "holds a unified social credit code whose check digit is wrong"
    return ""


def is_credit_code(code: str) -> bool:
    """By the check character of GB 32100."""
    if len(code) != 18 or any(each not in CREDIT_DIGITS for each in code):
        return False
    values = [CREDIT_DIGITS.index(each) for each in code]
    total = sum(value * pow(3, place, 31) for place, value in enumerate(values[:17]))
    return (31 - total % 31) % 31 == values[17]

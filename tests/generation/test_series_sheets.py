"""Tables as Excel and others save them, and what is answered with a sentence."""

import datetime
import io
import zipfile

import pytest
from openpyxl import Workbook

from generation.series import MOST_CELLS, sheets

CHINESE = "产品,文件名\n青瓷茶壶,茶壶-1\n竹编灯笼,灯笼-2\n"
ROWS = [
    (2, {"产品": "青瓷茶壶", "文件名": "茶壶-1"}),
    (3, {"产品": "竹编灯笼", "文件名": "灯笼-2"}),
]


def workbook(*rows, change=None):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def refusal(content):
    with pytest.raises(sheets.NotRead) as error:
        sheets.read(content)
    return error.value.message


@pytest.mark.parametrize(
    "content",
    [
        CHINESE.encode(),
        CHINESE.encode("utf-8-sig"),
        CHINESE.encode("gbk"),
        CHINESE.replace(",", "\t").encode("utf-16"),
        "\ufeff".encode("utf-16-be") + CHINESE.encode("utf-16-be"),
        CHINESE.replace(",", ";").replace("\n", "\r\n").encode("gbk"),
    ],
    ids=["UTF-8", "with BOM", "GBK", "Unicode text", "UTF-16 BE", "semicolons"],
)
def test_csv_as_excel_in_chinese_saves_it(content):
    sheet = sheets.read(content)
    assert sheet.columns == ["产品", "文件名"]
    assert sheet.rows == ROWS


def test_a_workbook_is_read():
    day = datetime.date(2026, 3, 1)
    content = workbook(
        ["产品", "n", "share", "when", "is_new"], ["青瓷茶壶", 3, 0.5, day, True]
    )
    (row,) = sheets.read(content).rows
    texts = {"产品": "青瓷茶壶", "n": "3", "share": "0.5", "when": "2026-03-01"}
    assert row == (2, texts | {"is_new": "TRUE"})


def test_rows_keep_their_numbers():
    sheet = sheets.read_text("prompt\n\nred\n\n\nblue\n")
    assert [number for number, _texts in sheet.rows] == [3, 6]


def test_quoted_cells_have_lines_and_commas():
    sheet = sheets.read_text('prompt,n\n"a lamp,\nlit",1\n')
    assert sheet.rows[0][1] == {"prompt": "a lamp,\nlit", "n": "1"}


def test_short_rows_are_filled_up_and_unnamed_columns_have_letters():
    sheet = sheets.read_text("a,,c\n1\n,2,\n")
    assert sheet.columns == ["a", "B", "c"]
    assert [texts for _n, texts in sheet.rows] == [
        {"a": "1", "B": "", "c": ""},
        {"a": "", "B": "2", "c": ""},
    ]


def test_no_column_is_called_with_braces():
    assert sheets.read_text("{a|b}\n1\n").columns == ["ab"]


def test_a_formula_is_named_by_its_place():
    content = workbook(["a", "b"], [1, 2], [3, "=A2+1"])
    assert "B3" in refusal(content)


def test_text_that_begins_with_an_equals_sign_is_text():
    def change(sheet):
        sheet["A2"].value, sheet["A2"].data_type = "=1", "s"

    assert sheets.read(workbook(["a"], ["x"], change=change)).rows[0][1] == {"a": "=1"}


def test_merged_cells_are_refused():
    content = workbook(["a"], ["1"], ["2"], change=lambda s: s.merge_cells("A2:A3"))
    assert "merged" in refusal(content)


def test_a_zip_bomb_is_not_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", bytes(sheets.MOST_UNPACKED_BYTES))
        packed.writestr("[Content_Types].xml", b"<Types/>")
    assert len(out.getvalue()) < 100_000
    assert "too large" in refusal(out.getvalue())


def test_a_hundred_thousand_rows_are_refused():
    content = ("a\n" + "1\n" * 100_000).encode()
    assert str(MOST_CELLS) in refusal(content)


def test_a_sheet_that_claims_many_rows_is_read_to_its_end():
    def change(sheet):
        sheet["A1048576"] = "far below"

    assert len(sheets.read(workbook(["a"], ["1"], change=change)).rows) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"a,b\n", "no rows"),
        (b"a,a\n1,2\n", "called"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", ".xls"),
        (b"PK\x03\x04nothing", "cannot be read"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "no table"),
        (b"a\n" + b"x" * (sheets.LONGEST_TEXT + 1), "Row 2"),
        (b",".join(b"%d" % n for n in range(60)) + b"\n1", "columns at most"),
        (b"x" * (sheets.MOST_BYTES + 1), "MB at most"),
    ],
)
def test_it_says_why_it_is_not_read(content, words):
    assert words in refusal(content)

"""What is typed into a search, and what it finds, on both databases."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.models.tokens import BREAK, LONGEST_TOKEN, MOST_TOKENS, words
from generation.search import generations, question
from generation.search.index import BUCKET_BITS, SearchIndex, Slice, Wanted
from generation.search.marking import marked
from generation.search.question import Term
from tests import factories

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A quiet_harbour, at DAWN!", "a quiet harbour at dawn"),
        ("山水画", "山水 水画 画"),
        ("山 水", "山水 水"),
        ("貓3D模型", "猫 3d 模型 型"),
        ("f/1.8 #fff", "f 1 8 fff"),
        ("한국어 검색", "한국어 검색"),
        ("x" * 100, "x" * LONGEST_TOKEN),
        ("¶ § ' \" : & | !", ""),
        ("", ""),
    ],
)
def test_text_becomes_tokens(text, expected):
    assert words(text) == expected


def test_texts_stay_apart_and_end():
    assert words("山水", "", "画") == f"山水 水 {BREAK} 画"
    assert len(words("a " * 2 * MOST_TOKENS).split()) == MOST_TOKENS


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("harbour dawn", [Term(("harbour",)), Term(("dawn",))]),
        (
            '"Quiet Harbour" -fog',
            [Term(("quiet", "harbour")), Term(("fog",), False, True)],
        ),
        ("harb*", [Term(("harb",), True)]),
        ('-"low tide*"', [Term(("low", "tide"), True, True)]),
        ("山水", [Term(("山水",))]),
        ("山水画", [Term(("山水", "水画"))]),
        ("山", [Term(("山",), True)]),
        ("dawn dawn", [Term(("dawn",))]),
        ("“quiet harbour”", [Term(("quiet", "harbour"))]),
        ('"unclosed phrase', [Term(("unclosed", "phrase"))]),
        *((nothing, []) for nothing in ("-", "***", '""', '"', "§ ¶", "\0", "- - -")),
    ],
)
def test_a_question_is_read(text, terms):
    assert list(question.parse(text).terms) == terms


def test_without_a_question_nothing_is_asked():
    assert question.parse("") is None
    assert question.parse("  \n\u3000") is None


PROMPTS = (
    "A quiet harbour at dawn, mist over the boats",
    "Quiet boats, no harbour",
    "山水画，水墨風格",
    "水山大海",
    "Harbourmaster's cat 3d",
)


def found(alice, text, prompts=PROMPTS):
    """Places of the found prompts, in the order of the list."""
    rows = [
        factories.generation(alice, prompt=prompt, reserved=0) for prompt in prompts
    ]
    asked = question.parse(text)
    team = rows[0].team_id
    keys = generations.newest(asked, team=team, person=alice.pk, below=None)
    places = {row.pk: place for place, row in enumerate(rows)}
    assert keys == sorted(keys, reverse=True)
    return sorted(places[key] for key in keys)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("harbour", [0, 1]),
        ("HARBOUR quiet", [0, 1]),
        ('"quiet harbour"', [0]),
        ('"harbour quiet"', []),
        ("harb*", [0, 1, 4]),
        ("harb", []),
        ("quiet -dawn", [1]),
        ("-harbour", [2, 3, 4]),
        ('-"quiet harbour" harbour', [1]),
        ("山水", [2]),
        ("水山", [3]),
        ("山水画", [2]),
        ("水墨风格", [2]),
        ("大海", [3]),
        ("海", [3]),
        ("山", [2, 3]),
        ("画", [2]),
        ("山海", []),
        ("3d", [4]),
        ("harbourmaster's", [4]),
        *((nothing, []) for nothing in ("-", "***", "§", '""', "zzz")),
    ],
)
def test_it_finds(alice, text, places):
    assert found(alice, text) == places


SYNTAX = (
    *(
        '" OR "',
        "') | ('",
        "a:*",
        "NEAR(a b)",
        "words : a",
        "facets : t1",
        "{a}",
        "a^2",
    ),
    *(
        "a AND b OR NOT c",
        "\\",
        "'",
        "''",
        ":*",
        "!",
        "a & !b",
        "<->",
        "%s",
        "%",
        "(",
        "\0",
    ),
    *("t1", "~k1", "=t1", "1/=t1", "§/=t1", "0/harbour", "‘’“”„", "-" * 400, "*" * 400),
)


@pytest.mark.django_db
@pytest.mark.parametrize("text", SYNTAX)
def test_no_syntax_of_a_database_is_understood(alice, text):
    """Its letters are words like any other."""
    assert found(alice, text) in ([], *([place] for place in range(5)))


@pytest.mark.django_db
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(max_size=60))
def test_each_text_is_answered(alice, text):
    if asked := question.parse(text):
        generations.newest(asked, team=1, person=None, below=None)


@pytest.mark.django_db
def test_a_changed_row_is_found_anew_and_a_removed_one_no_more(alice):
    row = factories.generation(alice, prompt="whale", reserved=0)
    asked = {word: question.parse(word) for word in ("whale", "crane")}

    def keys(word):
        return generations.newest(
            asked[word], team=row.team_id, person=None, below=None
        )

    assert keys("whale") == [row.pk]
    row.prompt = "crane"
    row.save()
    assert (keys("whale"), keys("crane")) == ([], [row.pk])
    row.advance("running")
    assert keys("crane") == [row.pk]
    type(row).objects.filter(pk=row.pk).delete()
    assert keys("crane") == []


@pytest.mark.django_db
def test_pages_go_through_all_buckets(alice):
    """Keys far apart: on PostgreSQL each has a bucket of its own."""
    row = factories.generation(alice, prompt="whale", reserved=0)
    keys = [row.pk + (number << BUCKET_BITS) for number in range(1, 5)]
    for key in keys:
        row.pk, row.submit_key, row.callback_token = key, f"{key:032x}", str(key)
        type(row).objects.bulk_create([row])
    index: SearchIndex = generations.INDEX
    wanted = Wanted([[f"t{row.team_id}"]], question.parse("whale"))
    newest = keys[::-1]
    assert index.find(wanted, Slice(2)) == newest[:2]
    assert index.find(wanted, Slice(2, below=newest[1])) == newest[2:4]
    assert (
        index.find(wanted, Slice(2, above=keys[0], is_oldest_first=True)) == keys[1:3]
    )
    assert index.find(wanted, Slice(9, above=keys[0], below=keys[3])) == newest[1:3]
    assert index.among([keys[2], 5, keys[0]], wanted) == [keys[2], keys[0]]
    assert index.find(Wanted([[f"t{row.team_id}"], []]), Slice(9)) == []


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("A quiet harbour", "HARBOUR", "A quiet [harbour]"),
        ("A quiet harbour", "harb* -quiet", "A quiet [harbour]"),
        ("Quiet, harbour quiet", '"quiet harbour"', "[Quiet, harbour] quiet"),
        ("畫山水畫", "山水", "畫[山水]畫"),
        ("畫山水畫", "山水画", "畫[山水畫]"),
        ("山山水", "山", "[山][山]水"),
        ("水山", "山", "水[山]"),
        ("<b>bold</b>", "b", "<[b]>bold</[b]>"),
        ("x " * 40 + "whale", "whale", "…" + "x " * 15 + "[whale]"),
        ("x" * 60, None, "x" * 50 + "…"),
    ],
)
def test_hits_are_marked(text, asked, expected):
    pieces = marked(text, question.parse(asked) if asked else None, 50)
    assert "".join(f"[{piece}]" if hit else piece for piece, hit in pieces) == expected

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractbench.errors import UsageError
from fractbench.window import Window, canonical, decimal

DECIMALS = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent),
    st.integers(-(10**30), 10**30), st.integers(-40, 20),
)  # fmt: skip


@given(DECIMALS)
def test_canonical_keeps_the_number_and_is_one_form(number):
    text = canonical(number)
    assert Fraction(text) == Fraction(number)
    assert canonical(Decimal(text)) == text
    assert canonical(number * Decimal("1.000")) == text
    assert "e" not in text.lower()
    assert not text.startswith("+")
    assert not ("." in text and text.endswith("0"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("-3", "-3"), ("+3.00", "3"), ("1e3", "1000"), ("1.50E-3", "0.0015"), ("-0.0", "0"),
     (".5", "0.5"), ("5.", "5"), ("0e9", "0"), ("100", "100"), (" 7 ", "7")],
)  # fmt: skip
def test_decimals_that_one_types(text, expected):
    assert canonical(decimal(text)) == expected


@given(DECIMALS, DECIMALS)
def test_parse_reads_what_str_writes(a, b):
    if a == b:
        b = a + 1
    low, high = min(a, b), max(a, b)
    window = Window.parse(f"{low}:{high},{low}:{high}")
    assert Window.parse(str(window)) == window
    assert window.bounds(1) == (Fraction(low), Fraction(high))


@given(DECIMALS, DECIMALS.map(abs).filter(bool))
def test_around_is_exact(center, width):
    low, high = Window.around(f"{center},{center}", str(width)).bounds(0)
    assert high - low == Fraction(width)
    assert (low + high) / 2 == Fraction(center)


def test_equal_numbers_make_equal_windows():
    assert Window.parse("-3:6,1e1:2e1") == Window.parse("-3.0:+6,10:20.00")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3:3,0:1", r"3:3 is empty"),
        ("6:-3,0:1", r"6:-3 is reversed; type -3:6"),
        ("0:inf,0:1", r"'inf' is no finite decimal"),
        ("nan:1", r"'nan' is no finite decimal"),
        ("-Infinity:1", r"'-Infinity' is no finite decimal"),
        ("a:b", r"'a' is no finite decimal"),
        ("0:1_000", r"'1_000' is no finite decimal"),
        ("0x1:2", r"'0x1' is no finite decimal"),
        ("1e99999:2", r"'1e99999' is no finite decimal"),
        ("-3", r"'-3' is no window"),
        ("", r"'' is no window"),
        ("0:1:2", r"'0:1:2' is no window"),
        ("0:1,0:1,0:1", r"has 3 ranges"),
        ("0:,0:1", r"'' is no finite decimal"),
    ],
)
def test_windows_that_are_none_are_refused_in_a_sentence(text, said):
    with pytest.raises(UsageError, match=said) as refused:
        Window.parse(text)
    assert refused.value.exit_status == 2
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("center", "width", "said"),
    [("0,0", "0", "width 0 is not positive"), ("0,0", "-1", "width -1 is not positive"),
     ("0,0", "inf", "'inf' is no finite"), ("0,x", "1", "'x' is no finite"),
     ("0,0,0", "1", "'0,0,0' is no centre"), ("", "1", "'' is no finite")],
)  # fmt: skip
def test_centres_and_widths_that_are_none_are_refused(center, width, said):
    with pytest.raises(UsageError, match=said):
        Window.around(center, width)

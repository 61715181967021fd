"""Reading the code as people type it."""

import pytest

from storefront.forms.guests import CodeForm


@pytest.mark.parametrize(
    "typed", ["012345", " 012 345 ", "012-345", "012\u2013345", "012\u00a0345"]
)
def test_code_is_read_with_spaces_and_hyphens(typed: str) -> None:
    form = CodeForm({"code": typed})
    assert form.is_valid()
    assert form.cleaned_data == {"code": "012345"}


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345a", "١٢٣٤٥٦", "²²²²²²"])
def test_anything_but_six_digits_is_no_code(typed: str) -> None:
    assert CodeForm({"code": typed}).errors == {"code": ["Enter the 6 digits from the mail."]}

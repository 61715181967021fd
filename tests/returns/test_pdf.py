"""What WeasyPrint may read: our static files and nothing else."""

import logging

import pytest

from returns import pdf
from returns.pdf import StaticFetcher
from returns.sheets import Sheet


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://example.com/css/slip.css",
        "https://static.invalid.example.com/css/slip.css",
        "http://static.invalid/css/slip.css",
        "file:///etc/passwd",
        "data:text/plain,hello",
        "ftp://example.com/x",
        "https://static.invalid/css/no-such-file.css",
        "https://static.invalid/",
    ],
)
def test_fetcher_refuses_everything_but_static_files(url: str) -> None:
    with pytest.raises(ValueError, match="Not one of our static files"):
        StaticFetcher().fetch(url)


@pytest.mark.parametrize("path", ["../manage.py", "%2e%2e/manage.py", "css/../../manage.py"])
def test_fetcher_does_not_leave_the_static_files(path: str) -> None:
    with pytest.raises(Exception, match=r"Not one of our static files|outside of the base path"):
        StaticFetcher().fetch(pdf.STATIC_BASE + path)


def test_fetcher_reads_a_static_file() -> None:
    response = StaticFetcher().fetch(pdf.STATIC_BASE + "css/slip.css")
    assert (response.content_type, response.read()[:19]) == ("text/css", b"/* The return slip,")


def test_document_that_asks_for_more_is_made_without_it(caplog: pytest.LogCaptureFixture) -> None:
    html = '<html lang="en"><img alt="" src="http://example.com/x.png"><p>Text</p></html>'
    with caplog.at_level(logging.ERROR, logger="weasyprint"):
        made = pdf.write([Sheet(html=html, language="en")], style="css/slip.css", title="Title")
    assert made[:5] == b"%PDF-"
    assert "Not one of our static files: http://example.com/x.png" in caplog.text

"""What others wrote is what they published: see static/vendor/README.md."""

import hashlib
from pathlib import Path

from django.conf import settings

VENDOR = Path(settings.BASE_DIR) / "static/vendor"
CHECKSUMS = {
    "graphiql/graphiql.min.js": (
        "47d696155a87281978a11e1c5ead4b82943836ddd013cbd216975109055a826d"
    ),
    "react/react-dom.production.min.js": (
        "35f4f974f4b2bcd44da73963347f8952e341f83909e4498227d4e26b98f66f0d"
    ),
    "react/react.production.min.js": (
        "d949f1c3687aedadcedac85261865f29b17cd273997e7f6b2bfc53b2f9d4c4dd"
    ),
    "graphiql/graphiql.min.css": (
        "c41c291baa1c9c5b73e0345e78521aa24bfdf7b41ab840c99e2891ad720de9e4"
    ),
}


def test_files_are_as_published() -> None:
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.suffix in (".js", ".css")
    }
    assert found == CHECKSUMS


def test_every_folder_has_its_licence() -> None:
    for folder in (path for path in VENDOR.iterdir() if path.is_dir()):
        assert "MIT" in (folder / "LICENSE").read_text(encoding="utf-8")

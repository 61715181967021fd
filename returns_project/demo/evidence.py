"""Photos of the demo: a drawn mug with a crack, kept as every photo of a buyer is."""

from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

from orders.models import Order
from returns.evidence import collecting
from returns.lifecycle import LineRequest

# Goods that go back for this reason have been photographed.
SHOWN: Final = "damaged-on-arrival"


def shown(order: Order, wish: LineRequest) -> LineRequest:
    """Return a wish with the photo that its reason needs."""
    return replace(wish, photos=[photo(order)]) if wish.reason == SHOWN else wish


def photo(order: Order) -> str:
    """Keep a photo for something that is being written; return its public id."""
    content = _picture()
    return str(collecting.upload(order, BytesIO(content), len(content)).public_id)


@cache
def _picture() -> bytes:
    picture = Image.new("RGB", (800, 600), "#d9d3c7")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 430, 800, 600), fill="#b9a88d")
    draw.ellipse((470, 220, 640, 420), outline="#3f6f78", width=34)
    draw.rounded_rectangle((240, 150, 540, 500), radius=40, fill="#4d8792")
    draw.ellipse((240, 120, 540, 190), fill="#2f565e")
    crack = [(300, 160), (330, 220), (310, 260), (350, 330), (335, 380)]
    draw.line(crack, fill="#f4efe6", width=7, joint="curve")
    draw.line([(330, 220), (375, 250)], fill="#f4efe6", width=5)
    written = BytesIO()
    picture.save(written, "JPEG", quality=85)
    return written.getvalue()

"""What else Shopify tells: products, and requests about personal data."""

from django.utils.text import slugify

from orders.sources.reading import Reader
from orders.sources.shopify_orders import placeholder
from orders.sources.told import ToldPerson, ToldProduct, ToldVariant

_OPTIONS = 3


def told_product(plain: object) -> ToldProduct:
    """Return the product that a body tells. Raises OrderRejected with everything that is wrong."""
    read = Reader(plain)
    names = [each.text("name", 100) for each in read.many("options")]
    key = read.id("id")
    told = ToldProduct(
        external_id=key,
        changed_at=read.needed_moment("updated_at", "created_at"),
        handle=slugify(read.text("handle")) or placeholder(key),
        placeholder=placeholder(key),
        title=read.text("title") or key,
        vendor=read.text("vendor", 200),
        product_type=read.text("product_type", 200),
        tags=tuple(read.words("tags", 100)),
        image=_image(read),
        variants=tuple(_variant(each, names) for each in read.many("variants")),
    )
    read.check()
    return told


def _image(read: Reader) -> str:
    first = read.one("image").text("src", 500) if read.has("image") else ""
    found = first or next((each.text("src", 500) for each in read.many("images")), "")
    return found if found.startswith("https:") else ""


def _variant(read: Reader, names: list[str]) -> ToldVariant:
    chosen = [read.text(f"option{number}", 300) for number in range(1, _OPTIONS + 1)]
    options = {
        name: value
        for name, value in zip(names, chosen, strict=False)
        if name and value and value != "Default Title"
    }
    return ToldVariant(
        sku=read.text("sku", 100),
        price=read.amount("price"),
        barcode=read.text("barcode", 100),
        options=options,
    )


def told_person(plain: object) -> ToldPerson:
    """Return whom `customers/data_request` or `customers/redact` names.

    Raises OrderRejected with everything that is wrong.
    """
    read = Reader(plain)
    buyer = read.one("customer")
    orders = (*read.words("orders_to_redact", 100), *read.words("orders_requested", 100))
    told = ToldPerson(
        customer_id=buyer.id("id"),
        email=buyer.text("email", 254),
        request_id=read.one("data_request").id("id", needed=False),
        order_ids=tuple(dict.fromkeys(orders)),
    )
    read.check()
    return told

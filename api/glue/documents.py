"""Documents of JSON:API, as plain data."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from api.glue.asking import Asked

Resource = dict[str, Any]
Document = dict[str, Any]
# (type, id) of resources that belong to another one.
Related = Iterable[tuple[str, str]]


def resource(
    asked: Asked,
    type_: str,
    id_: str | None,
    attributes: dict[str, Any],
    *,
    path: Sequence[str] = (),
    address: str = "",
    related: Mapping[str, Related] | None = None,
) -> Resource:
    """Return a resource with its link and, of its attributes, those that were asked for.

    path: the parts of its address below the API's; address: all of it. related: by relationship.
    """
    wanted = asked.fields.get(type_)
    if wanted is not None:
        attributes = {name: value for name, value in attributes.items() if name in wanted}
    found: Resource = {
        "type": type_,
        "id": id_,
        "attributes": attributes,
        "links": {"self": address or address_of(asked, *path)},
    }
    if related:
        found["relationships"] = {
            name: {"data": [{"type": type_, "id": id_} for type_, id_ in members]}
            for name, members in related.items()
        }
    return found


def address_of(asked: Asked, *path: str) -> str:
    """Return the absolute address of something below the API's."""
    return "/".join([asked.root, *(quote(part, safe="") for part in path)])


def single(asked: Asked, data: Resource, included: Sequence[Resource] = ()) -> Document:
    """Return the document of one resource that was asked for by its address."""
    data["links"] = {"self": asked.address}
    return _with(included, {"data": data, "links": {"self": asked.address}})


def created(data: Resource, included: Sequence[Resource] = ()) -> Document:
    """Return the document of a resource that was just made; its link is its own address."""
    return _with(included, {"data": data, "links": dict(data["links"])})


def collection(
    asked: Asked,
    data: Sequence[Resource],
    included: Sequence[Resource] = (),
    *,
    total: int | None = None,
) -> Document:
    """Return the document of many resources; with links to pages where there is a `total`."""
    links = {"self": asked.address}
    if total:
        links |= _pages(asked, total)
    return _with(included, {"data": list(data), "links": links})


def _pages(asked: Asked, total: int) -> dict[str, str]:
    limit, offset = asked.limit, asked.offset
    pages = {"first": 0, "last": (total - 1) // limit * limit}
    if offset > 0:
        pages["prev"] = max(offset - limit, 0)
    if offset + limit < total:
        pages["next"] = offset + limit
    return {name: asked.page_address(start) for name, start in pages.items()}


def _with(included: Sequence[Resource], document: Document) -> Document:
    """Add what was included, each once."""
    if included:
        each = {(row["type"], row["id"]): row for row in included}
        document["included"] = list(each.values())
    return document

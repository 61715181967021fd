"""The versions of this API, as things that can be read."""

import strawberry

from api import versions
from api.schema.fields import output


@output("ApiVersion")
class ApiVersion:
    """A version of this API."""

    handle: str = strawberry.field(description="Its name in addresses.")
    display_name: str = strawberry.field(description="Its name for people.")
    supported: bool = strawberry.field(description="Whether it will stay.")


def api_version(name: str) -> ApiVersion:
    """Return the version with a name."""
    return ApiVersion(handle=name, display_name=name, supported=name in versions.VERSIONS)


def public_versions() -> list[ApiVersion]:
    """Return all that are answered, the oldest first."""
    return [api_version(name) for name in (*versions.VERSIONS, versions.UNSTABLE)]

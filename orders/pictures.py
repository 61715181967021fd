"""Where the picture of a product is found."""

from django.contrib.staticfiles.storage import staticfiles_storage


def url(image: str) -> str:
    """Return the address of a picture that is stored as an `https:` address or a static path.

    Empty when there is none, or when it names a static file that does not exist.
    """
    if not image or image.startswith("https://"):
        return image
    try:
        return staticfiles_storage.url(image)
    except ValueError:
        return ""

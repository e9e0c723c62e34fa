"""What the catalog's services refuse. Texts are for users and say what to do."""


class NotAllowed(Exception):  # noqa: N818
    """Refused: a rule, a permission or the agency's scope forbids it."""


class CatalogMoved(Exception):  # noqa: N818
    """The catalog changed since the preview: look at the new preview, then confirm."""

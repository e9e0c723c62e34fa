"""What the catalog's services refuse. Texts are for users and say what to do."""

from agencies import services as agencies_services


class NotAllowed(agencies_services.NotAllowed):
    """Refused: a rule, a permission or the agency's scope forbids it. Forms show it beside its fields."""

    def __str__(self) -> str:
        """The sentences alone, for messages."""
        return "；".join(self.messages)


class CatalogMoved(Exception):  # noqa: N818
    """The catalog changed since the preview: look at the new preview, then confirm."""

"""The one exception of the services."""

from agencies import services


class NotAllowed(services.NotAllowed):
    """The act is not allowed now; `messages` say in Chinese why, and what to do. Nothing was done."""

    def __init__(self, *messages: str) -> None:
        super().__init__(list(messages))


class Outdated(NotAllowed):
    """Somebody else has saved since the writer opened the page: nothing was written. The page shows both
    texts side by side, and the writer chooses."""

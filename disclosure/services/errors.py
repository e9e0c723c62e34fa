"""The one exception of the services."""


class NotAllowed(Exception):  # noqa: N818 - it is an answer to a person, not a fault of the program
    """The act is not allowed now; `messages` say in Chinese why, and what to do. Nothing was done."""

    def __init__(self, *messages: str) -> None:
        super().__init__("\n".join(messages))
        self.messages = list(messages)

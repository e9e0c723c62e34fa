"""What can go wrong before the first connection, each said in one sentence that a person can act on."""


class DatabaseUnavailableError(Exception):
    """No database can be offered. The message is one Chinese sentence that says what to do."""

"""The people and files of `tests/people.py`."""

from tests.people import pdf, people, storage

__all__ = ["pdf", "people", "storage"]

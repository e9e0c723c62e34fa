"""App configuration of the search index."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """站内搜索."""

    name = "portal.search"
    label = "search"
    verbose_name = "站内搜索"

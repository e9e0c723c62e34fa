"""App configuration of the room `disclosure/`."""

from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    """信息公开."""

    name = "disclosure"
    verbose_name = "信息公开"

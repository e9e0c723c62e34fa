"""App configuration of the room `disclosure/`."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DisclosureConfig(AppConfig):
    """信息公开."""

    name = "disclosure"
    verbose_name = "信息公开"

    def ready(self) -> None:
        """Put the reference data there after every migrate and flush; follow merged fields."""
        from catalog import field_merges
        from disclosure import reference
        from disclosure.services.documents import follow_merged_field

        field_merges.register("disclosure", follow_merged_field)
        post_migrate.connect(reference.plant_routes, sender=self, dispatch_uid="disclosure.plant_routes")
        post_migrate.connect(
            reference.plant_wrong_words, sender=self, dispatch_uid="disclosure.plant_wrong_words"
        )
        post_migrate.connect(reference.plant_record, sender=self, dispatch_uid="disclosure.plant_record")
        post_migrate.connect(reference.plant_topics, sender=self, dispatch_uid="disclosure.plant_topics")

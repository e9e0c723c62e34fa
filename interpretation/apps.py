"""App configuration of the room `interpretation/`."""

from django.apps import AppConfig


class InterpretationConfig(AppConfig):
    """政策解读."""

    name = "interpretation"
    verbose_name = "政策解读"

    def ready(self) -> None:
        """Register what a policy document needs from this room before it goes out."""
        from disclosure import purge_hooks, requirements
        from interpretation import services
        from interpretation.services import archives

        requirements.register(
            "interpretation",
            services.missing_interpretation,
            before_submission=services.unready_interpretations,
            on_submission=services.submit_with_document,
            on_return=services.return_with_document,
            on_schedule=services.schedule_with_document,
            companion=services.publish_with_document,
            on_withdrawal=services.withdraw_with_document,
            on_offline=services.offline_with_document,
            on_restoration=services.restore_with_document,
            parts=services.package_parts,
            scan=services.seen_in,
        )
        purge_hooks.register("archive uploads", archives.forget_purged)

"""The project as an application: its commands, checks and jobs."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "returns_project"

    def ready(self) -> None:
        """Register the system checks."""
        from returns_project import checks  # noqa: F401

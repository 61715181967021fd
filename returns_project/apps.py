from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "returns_project"

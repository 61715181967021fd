from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReturnsConfig(AppConfig):
    name = "returns"
    verbose_name = _("Returns")

    def ready(self) -> None:
        """Have orders come in with the terms that rules decide."""
        from orders.intake import terms
        from returns.policies.freezing import freeze  # models are not loaded before

        terms.register(freeze)

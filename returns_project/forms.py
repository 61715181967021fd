"""How forms are drawn: all of them with the components of templates/components/."""

from django.forms.renderers import TemplatesSetting


class RetourRenderer(TemplatesSetting):
    """Draws forms and fields with our own templates; widgets keep Django's unless overridden."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"

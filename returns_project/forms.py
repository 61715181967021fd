"""How forms are drawn: all of them with the components of templates/components/.

The controls that every page has are drawn here, because Django's own templates for them include
others for each attribute and option: a list's filters took a sixth of its page's time.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

WIDGETS: Final = "django/forms/widgets/"


class RetourRenderer(TemplatesSetting):
    """Draws forms and fields with our own templates; rare widgets keep Django's."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> str:
        """Return the HTML of a form, field or widget; a common widget without a template."""
        draw = DRAWN.get(template_name)
        if draw:
            return draw(context["widget"])
        if template_name == self.field_template_name:
            context = _prepared(context["field"])
        return super().render(template_name, context, request)


def _prepared(field: BoundField) -> dict[str, Any]:
    """Return what the template of a field shows; looking for what is not there takes longest."""
    own = field.field
    kind = getattr(own.widget, "input_type", "")
    prefix, suffix = getattr(own, "prefix", ""), getattr(own, "suffix", "")
    return {
        "field": field,
        "control": str(field),
        "label": str(field.label),
        "css": getattr(own, "css", ""),
        "prefix": prefix,
        "suffix": suffix,
        "is_group": field.use_fieldset,
        "is_tick": kind == "checkbox",
        "is_file": kind == "file",
        "is_joined": bool(prefix or suffix),
        "is_required": own.required,
        "has_errors": bool(field.errors),
    }


def _attributes(attributes: Mapping[str, Any]) -> SafeString:
    """Return attributes, each after a space: True is one without a value, False is left out."""
    return mark_safe(  # noqa: S308 - names are the program's, values are escaped
        "".join(
            f" {name}" if value is True else f' {name}="{conditional_escape(value)}"'
            for name, value in attributes.items()
            if value is not False
        )
    )


def _input(widget: Mapping[str, Any]) -> SafeString:
    value = "" if widget["value"] is None else format_html(' value="{}"', widget["value"])
    return format_html(
        '<input type="{}" name="{}"{}{}>',
        widget["type"],
        widget["name"],
        value,
        _attributes(widget["attrs"]),
    )


def _select(widget: Mapping[str, Any]) -> SafeString:
    return format_html(
        '<select name="{}"{}>{}\n</select>',
        widget["name"],
        _attributes(widget["attrs"]),
        _groups(widget["optgroups"]),
    )


def _groups(groups: list[tuple[Any, list[dict[str, Any]], int]]) -> SafeString:
    drawn = []
    for name, options, _index in groups:
        inside = "".join(_option(option) for option in options)
        label = f'\n<optgroup label="{conditional_escape(name)}">' if name else ""
        drawn.append(f"{label}{inside}\n</optgroup>" if name else inside)
    return mark_safe("".join(drawn))  # noqa: S308 - of escaped parts


def _option(option: Mapping[str, Any]) -> str:
    value, label = conditional_escape(option["value"]), conditional_escape(option["label"])
    return f'\n<option value="{value}"{_attributes(option["attrs"])}>{label}</option>'


_INPUTS: Final = ("date", "email", "hidden", "number", "password", "search", "text", "url")
# Template of a widget -> what draws it instead.
DRAWN: Final[dict[str, Callable[[Mapping[str, Any]], SafeString]]] = {
    f"{WIDGETS}select.html": _select,
    **{f"{WIDGETS}{name}.html": _input for name in _INPUTS},
}

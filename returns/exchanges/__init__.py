"""Replacements for what goes back: what is offered, agreed on, owed, paid and sent."""

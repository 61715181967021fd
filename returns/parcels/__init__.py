"""Parcels on their way back: where to, with which label and carrier, and how far they are."""

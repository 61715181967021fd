"""Gifts: codes for who gets them, and the paper that goes with them."""

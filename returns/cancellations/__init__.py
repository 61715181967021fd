"""Canceling what was not sent yet: what may be, who decides, what is mailed."""

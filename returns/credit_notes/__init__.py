"""Credit notes: their numbers without gaps, and the paper."""

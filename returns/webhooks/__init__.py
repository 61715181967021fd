"""What other systems are told: who listens, to what, with which body, and what became of it."""

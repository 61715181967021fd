"""What buyers and staff show and tell each other: photos and messages."""

"""What buyers fill in. Forms read what was typed; whether it is possible, `returns` says."""

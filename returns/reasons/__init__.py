"""What a reason brings along: questions, what may be had for it, and reasons from files."""

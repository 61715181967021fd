"""The buyer's side: what a signed-in buyer reads and asks for, as in Customer Account API."""

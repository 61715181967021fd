"""Whether, until when and at what cost goods may come back: rules, and the terms they leave."""

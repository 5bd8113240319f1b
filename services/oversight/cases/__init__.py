"""Cases: the alerts of one subject together, and what people decided about them."""

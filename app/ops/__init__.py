"""For operators: what the whole system looks like, read across rooms."""

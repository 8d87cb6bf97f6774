"""What a worker takes from the broker's lists, and how."""

"""Dead letters as operators see them: groups of failed jobs, and what is done with many of them."""

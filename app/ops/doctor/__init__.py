"""What `python -m app doctor` looks at: each check finds, and says for each fault what to write instead."""

"""What `headrace doctor` looks at: each check finds, and says for each fault what to write instead."""

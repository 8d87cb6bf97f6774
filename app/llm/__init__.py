"""Ask a language model: one protocol, its providers, and the server of the bundled local model."""

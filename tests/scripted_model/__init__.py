"""A model provider that plays a script: an OpenAI-compatible server over real HTTP which logs every call it gets."""

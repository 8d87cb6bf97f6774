"""Who asks: the caller of every service verb, and how a request proves to be one."""

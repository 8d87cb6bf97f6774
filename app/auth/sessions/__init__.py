"""Browsers that are signed in: cookies, the rows that they name, and links that open one."""

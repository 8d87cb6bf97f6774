"""Events between processes, published over Redis. The database makes up for a lost one."""

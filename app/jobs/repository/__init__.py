"""All SQL of the jobs room, one file for each group of verbs; every change of a status goes through `move`."""

"""The order in which the jobs of a queue start: they are dispatched, claimed and counted in it."""

from app.jobs.repository.sql import jobs

START_ORDER = (jobs.c.priority, jobs.c.queued_at, jobs.c.id)

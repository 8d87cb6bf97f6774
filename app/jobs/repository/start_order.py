"""The order in which the jobs of a queue start: they are dispatched, claimed and counted in it."""

from sqlalchemy import SmallInteger, Text, bindparam, column, func, select, values
from sqlalchemy.dialects.postgresql import ARRAY

from app.jobs.repository.sql import jobs

START_ORDER = (jobs.c.priority, jobs.c.queued_at, jobs.c.id)
# The queues bound as `:queues`, and the priorities: each pair is one place to step into the index of the backlog.
QUEUES = select(func.unnest(bindparam("queues", type_=ARRAY(Text))).label("queue")).cte("queues")
PRIORITIES = values(column("priority", SmallInteger), name="priorities").data([(1,), (5,), (9,)])

"""The dispatch order: how the jobs of a queue follow each other when they are sent, claimed and counted."""

from sqlalchemy import SmallInteger, Text, bindparam, column, func, select, values
from sqlalchemy.dialects.postgresql import ARRAY

from app.jobs.repository.sql import jobs

DISPATCH_ORDER = (jobs.c.priority, jobs.c.queued_at, jobs.c.id)
# The queues bound as `:queues`, and the priorities: each pair is one place to step into the index of the backlog.
QUEUES = select(func.unnest(bindparam("queues", type_=ARRAY(Text))).label("queue")).cte("queues")
PRIORITIES = values(column("priority", SmallInteger), name="priorities").data([(1,), (5,), (9,)])

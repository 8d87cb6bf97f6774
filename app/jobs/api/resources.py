"""The connections and settings of the jobs room in one process; built once, at its start."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from redis.asyncio import Redis

from app.core.application_state import FromState
from app.core.batching import Batcher
from app.core.database import Database
from app.core.settings import Settings
from app.jobs.api.backpressure import Backpressure
from app.jobs.broker_buffer import DirectSender
from app.jobs.rows import NewJob
from app.llm.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Resources:
    """Connections and settings of the verbs that callers ask for.

    `inserts` stores single jobs of concurrent requests together; `catalog` has the models that a job may name.
    """

    settings: Settings
    database: Database
    redis: Redis
    sender: DirectSender
    inserts: Batcher[NewJob, Any]
    catalog: Catalog
    backpressure: Backpressure


CurrentResources = Annotated[Resources, Depends(FromState(Resources))]

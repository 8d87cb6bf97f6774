"""Redis or Valkey as a process of ours finds it: reached, new enough, a master, with every right that we use."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError

from app.auth import previous_token
from app.core import redis_url
from app.core.clock import utc_now
from app.core.redis import PREFIX, REDIS_AWAY, connect
from app.core.redis_reasons import reason
from app.core.settings import Settings
from app.ops.doctor.database import MAX_SKEW_S, is_far
from app.ops.doctor.finding import Finding, fault, note, ok

SUBJECT = "redis"
OLDEST = (6, 2)
TIMEOUT_S = 3.0
FULL_RATIO = 0.9
# What we, Celery and kombu ask of it; {key} is one that nobody has. Sources: app, kombu 5.7's transport.redis.
COMMANDS: Final = (
    *("SET {key} 1 EX 60", "GET {key}", "EXISTS {key}", "EXPIRE {key} 60", "DEL {key}", "TIME", "SCAN 0 COUNT 1"),
    *("LPUSH {key}l a", "RPUSH {key}l a", "LLEN {key}l", "LTRIM {key}l 0 1", "RPOP {key}l", "BRPOP {key}l 1"),
    *("HSET {key}h a 1", "HGET {key}h a", "HLEN {key}h", "HINCRBY {key}h a 1", "HGETALL {key}h", "HDEL {key}h a"),
    *("SADD {key}s a", "SMEMBERS {key}s", "SREM {key}s a", "ZADD {key}z 1 a", "ZCARD {key}z", "ZCOUNT {key}z 0 9"),
    *("ZRANGE {key}z 0 1", "ZREVRANGEBYSCORE {key}z 9 0", "ZSCORE {key}z a", "ZREMRANGEBYSCORE {key}z 0 9"),
    *("ZREM {key}z a", "WATCH {key}", "UNWATCH", "EVAL return{{}} 0", "SCRIPT LOAD return{{}}", "PUBLISH {key}c a"),
)
# Of workers, of Celery's commands to them, and of its events; none is a pattern.
_CHANNELS = ("worker:doctor", "/{db}.celery.pidbox", "/{db}.celeryev")


async def check(settings: Settings) -> Sequence[Finding]:
    """Look at the server of REDIS_URL."""
    url = settings.redis_url.get_secret_value()
    address = redis_url.parse(url)
    redis = connect(url, timeout_s=TIMEOUT_S)
    try:
        await redis.ping()
        found = [*await _rights(redis, address.db), *await _about(redis), *await _previous_token(redis, settings)]
    except (AuthenticationError, NoPermissionError):
        return [fault(SUBJECT, "it refuses the user or the password", "mend them in REDIS_URL")]
    except REDIS_AWAY as error:
        return [fault(SUBJECT, reason(error), "mend REDIS_URL, or start the server")]
    finally:
        with suppress(*REDIS_AWAY):
            await redis.aclose()
    if address.tls is None and any(is_far(host) for host, _ in address.hosts):
        do = "write rediss:// into REDIS_URL, and let the server speak TLS"
        found.append(note(SUBJECT, "the password crosses the network as plain text", do))
    return found


async def _rights(redis: Redis, db: int) -> Sequence[Finding]:
    key = f"{PREFIX}doctor:{uuid4().hex}:"
    names = [f"{key}{kind}" for kind in ("", "l", "h", "s", "z")]
    refused = [word for command in COMMANDS if (word := await _refused(redis, command.format(key=key).split(" ")))]
    with suppress(ResponseError):
        await redis.delete(*names)
    channels = [await _cannot_hear(redis, PREFIX + name.format(db=db)) for name in _CHANNELS]
    found: list[Finding] = []
    if refused:
        rules = " ".join(f"+{word.lower().replace(' ', '|')}" for word in dict.fromkeys(refused))
        do = f"ACL SETUSER name ~{PREFIX}* {rules}"
        found.append(fault(SUBJECT, f"this user may not {', '.join(dict.fromkeys(refused))}", do))
    if any(channels):
        do = f"ACL SETUSER name &{PREFIX}*"
        found.append(fault(SUBJECT, "this user may not listen to the channels that workers need", do))
    return found


async def _refused(redis: Any, words: list[str]) -> str | None:
    try:
        await redis.execute_command(*words)
    except NoPermissionError:
        return " ".join(words[:2]) if words[0] == "SCRIPT" else words[0]
    except ResponseError as error:
        if "READONLY" not in str(error) and "OOM" not in str(error):  # told by what it says of itself
            raise
    return None


async def _cannot_hear(redis: Redis, channel: str) -> bool:
    async with redis.pubsub() as listener:
        try:
            await listener.subscribe(channel)
            await listener.get_message(timeout=TIMEOUT_S)
        except NoPermissionError:
            return True
    return False


async def _about(redis: Redis) -> Sequence[Finding]:
    try:
        info: Mapping[str, Any] = await redis.info("everything")
    except RedisError:
        do = "ACL SETUSER name +info"
        return [note(SUBJECT, "this user may not INFO, so version and memory were not looked at", do)]
    seconds, micros = await redis.time()
    return [*_version(info), *_memory(info), *_clock(seconds + micros / 1e6)]


def _version(info: Mapping[str, Any]) -> Iterator[Finding]:
    name = "Valkey" if "valkey_version" in info else "Redis"
    version = str(info.get("valkey_version") or info.get("redis_version", "?"))
    numbers = tuple(map(int, re.findall(r"\d+", str(info.get("redis_version", "")))[:2]))
    if numbers < OLDEST:
        yield fault(SUBJECT, f"it is {name} {version}", "use Redis 6.2 or newer, or Valkey")
    else:
        yield ok(SUBJECT, f"{name} {version}")
    if info.get("role", "master") != "master":
        yield fault(SUBJECT, "it is a replica and takes no writes", "name the master in REDIS_URL, or Sentinel")
    if info.get("redis_mode") == "cluster":
        yield fault(SUBJECT, "it is a cluster, which Celery cannot use", "name one server, or Sentinel")


def _memory(info: Mapping[str, Any]) -> Iterator[Finding]:
    policy = str(info.get("maxmemory_policy", "noeviction"))
    if policy != "noeviction":
        yield fault(SUBJECT, f"it may throw messages away: maxmemory-policy is {policy}", "set it to noeviction")
    most = int(info.get("maxmemory", 0))
    if most and int(info.get("used_memory", 0)) > FULL_RATIO * most:
        yield fault(SUBJECT, f"it is full: over {FULL_RATIO:.0%} of maxmemory is used", "raise maxmemory")


def _clock(now_s: float) -> Iterator[Finding]:
    skew_s = abs(utc_now().timestamp() - now_s)
    if skew_s > MAX_SKEW_S:
        yield note(SUBJECT, f"its clock and this machine's are {skew_s:.0f} s apart", "let NTP set both")


async def _previous_token(redis: Redis, settings: Settings) -> Sequence[Finding]:
    """Name who still shows the service token that is to go, as the APIs have kept it here."""
    if not settings.service_token_previous.get_secret_value():
        return []
    users = await previous_token.find_users(redis)
    if not users:
        return [note("settings", "nobody used the previous service token today", "leave SERVICE_TOKEN_PREVIOUS empty")]
    text = f"the previous service token is still used by {', '.join(users)}"
    return [note("settings", text, "give SERVICE_TOKEN to what runs there")]

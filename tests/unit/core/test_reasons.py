"""Why a server cannot be used, in words that hold nothing of the server's own text."""

import socket
import ssl

import asyncpg
import psycopg
import pytest
from redis import exceptions

from app.core import database_reasons, redis_reasons

POOLER = asyncpg.ProtocolViolationError


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (asyncpg.InvalidPasswordError("SECRET"), "refuses the user or the password"),
        (asyncpg.InvalidCatalogNameError("SECRET"), "no database of this name"),
        (asyncpg.ReadOnlySQLTransactionError("SECRET"), "takes no writes"),
        (asyncpg.CannotConnectNowError("SECRET"), "is starting"),
        (asyncpg.TooManyConnectionsError("SECRET"), "no connection left"),
        (POOLER("unsupported startup parameter: options"), "ignore_startup_parameters"),
        (POOLER('database "SECRET" does not exist'), "no database of this name"),
        (POOLER("no such database: SECRET"), "no database of this name"),
        (POOLER("SASL authentication failed"), "refuses the user or the password"),
        (POOLER("query_wait_timeout"), "no server free"),
        (POOLER("pgbouncer cannot connect to server"), "cannot reach it"),
        (POOLER("SECRET"), "cannot be reached"),
        (asyncpg.UndefinedTableError('relation "SECRET" does not exist'), "cannot be reached"),
        (ssl.SSLCertVerificationError("SECRET"), "certificate is not trusted"),
        (ConnectionRefusedError("SECRET"), "nobody listens"),
        (socket.gaierror("SECRET"), "name of PostgreSQL's host"),
        (TimeoutError(), "no answer in time"),
        (RuntimeError("SECRET"), "cannot be reached"),
        (
            psycopg.OperationalError('FATAL:  password authentication failed for user "SECRET"'),
            "the user or the password",
        ),
        (
            psycopg.OperationalError('port 1 failed: FATAL:  database "SECRET" does not exist'),
            "no database of this name",
        ),
        (psycopg.OperationalError("SSL error: certificate verify failed"), "certificate is not trusted"),
        (psycopg.OperationalError("server does not support SSL, but SSL was required"), "does not speak TLS"),
        (psycopg.OperationalError("port 1 failed: Connection refused"), "nobody listens"),
        (psycopg.OperationalError("failed to resolve host 'SECRET': [Errno -2]"), "name of PostgreSQL's host"),
        (psycopg.OperationalError("connection timeout expired"), "no answer in time"),
    ],
)
def test_postgresql(error: Exception, words: str) -> None:
    wrapped = RuntimeError("SECRET")
    wrapped.__cause__ = error
    for one in (error, wrapped):
        assert words in database_reasons.reason(one)
        assert "SECRET" not in database_reasons.reason(one)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (exceptions.ReadOnlyError("SECRET"), "it is a replica"),
        (exceptions.OutOfMemoryError("SECRET"), "its memory is full"),
        (exceptions.NoPermissionError("SECRET"), "its ACL"),
        (exceptions.AuthenticationError("SECRET"), "the user or the password"),
        (exceptions.ResponseError("MISCONF SECRET"), "cannot save to its disk"),
        (exceptions.ResponseError("NOREPLICAS SECRET"), "too few replicas"),
        (exceptions.BusyLoadingError("SECRET"), "loading"),
        (exceptions.ConnectionError("[SSL: CERTIFICATE_VERIFY_FAILED] SECRET"), "ssl_ca_certs"),
        (exceptions.ConnectionError("No master found for 'SECRET' : timeout"), "no sentinel knows"),
        (exceptions.ConnectionError("max number of clients reached"), "no connection left"),
        (exceptions.TimeoutError("Timeout SECRET"), "no answer in time"),
        (exceptions.ResponseError("SECRET"), "it cannot be used (ResponseError)"),
    ],
)
def test_redis(error: Exception, words: str) -> None:
    assert words in redis_reasons.reason(error)
    assert "SECRET" not in redis_reasons.reason(error)

"""What `doctor` asks of the local stack: whether this machine is to run it, does, and could."""

from collections.abc import Iterator, Sequence

from app.core import dotenv_file
from app.core.settings import Settings, SettingsError
from app.core.text_file import UnreadableFileError
from app.local import binaries, cluster_check, credentials, ports, postgres_files
from app.local.errors import LocalError
from app.local.lock import socket_of
from app.local.plan import Plan, plan, port_clashes
from app.ops.doctor import broker, database
from app.ops.doctor.finding import Check, Finding, State, examine, fault, ok, skipped

SUBJECT = "stack"


def find_plan(settings: Settings) -> Plan | None:
    """Return the stack of these settings when it has servers of its own; None when the user named both."""
    try:
        made = dotenv_file.read(settings.credentials_path)
        found = plan(settings, {name: made.get(name, "") for name in credentials.NAMES})
    except (UnreadableFileError, SettingsError, LocalError):
        return None  # which is told for itself
    return found if found.postgres or found.valkey else None


def runs(settings: Settings) -> bool:
    """Say whether the stack of this DATA_DIR runs."""
    try:
        socket_of(settings.data_dir)
    except LocalError:
        return False
    return True


async def check(settings: Settings, wanted: Plan) -> Sequence[Finding]:
    """Look at what a start would need: programs, the database's files, ports."""
    clashing = [fault("ports", line) for line in port_clashes(settings)]
    if runs(settings):
        return [ok(SUBJECT, f"it runs on DATA_DIR {settings.data_dir}"), *clashing]
    return [skipped(SUBJECT, "it does not run; `headrace run` starts it"), *clashing, *_startable(settings, wanted)]


async def check_named_servers(settings: Settings, wanted: Plan) -> None:
    """Refuse servers that the user named and that will not do. Raises: LocalError that names each fault."""
    checks: dict[str, Check] = {}
    if wanted.postgres is None:
        checks[database.SUBJECT] = lambda: database.check(settings)
    if wanted.valkey is None:
        checks[broker.SUBJECT] = lambda: broker.check(settings)
    found = await examine(checks)
    wrong = [one for one in found if one.state is State.FAULT and one.subject in checks]  # tables are made after this
    if wrong:
        raise LocalError("; ".join(f"{one.subject}: {one.text} ({one.do})" for one in wrong))


def _startable(settings: Settings, wanted: Plan) -> Iterator[Finding]:
    try:
        if wanted.postgres:
            binaries.postgres_home()
        if wanted.valkey:
            binaries.valkey_server()
        link = settings.data_dir / "postgres"
        cluster_check.check_link(link)
        cluster_check.check_cluster(link, link.resolve() / "cluster")
        postgres_files.locate(settings.data_dir)
    except LocalError as error:
        yield fault(SUBJECT, str(error))
    for name, address in wanted.ports().items():
        try:
            ports.check({name: address})
        except LocalError as error:
            yield fault("ports", str(error))

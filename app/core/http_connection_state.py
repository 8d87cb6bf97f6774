"""The state of one connection of a server: what it waits for, or that its client takes no answer."""

import asyncio

from uvicorn.protocols.http.flow_control import FlowControl

from app.core.connections import Connection, Connections, Phase


class ConnectionState:
    """Knows the phase of a connection.

    While more of an answer is buffered than the client takes, the connection is SENDING, whatever else it does.
    """

    def __init__(
        self, connection: Connection, connections: Connections, transport: asyncio.Transport, flow: FlowControl
    ) -> None:
        """Add the connection to all; `has_room` says whether it got more than a spare place."""
        self._connection = connection
        self._all = connections
        self._transport = transport
        self._flow = flow
        self._loop = asyncio.get_running_loop()
        self._phase = self._beside = Phase.IDLE
        self._unsent_bytes = 0
        self.has_room = connections.add(connection, self._loop.time())

    @property
    def phase(self) -> Phase:
        """What the connection does, whether its answer is taken or not."""
        return self._beside if self._phase is Phase.SENDING else self._phase

    def enter(self, phase: Phase) -> None:
        """Note that it waits for something else from now on, or anew; once it is being closed, for that alone."""
        if self._transport.is_closing():
            return
        if self._flow.write_paused and phase is not Phase.LINGER:
            self._beside = phase
            if self._phase is Phase.SENDING:
                return
            phase = Phase.SENDING
        self._move(phase)

    def hold(self) -> None:
        """Note that the client takes no more for now."""
        self.enter(self.phase)

    def release(self) -> None:
        """Note that the client takes more again."""
        if self._phase is Phase.SENDING:
            self.enter(self._beside)

    def close(self) -> None:
        """End the connection when all that was written is sent."""
        self._transport.close()
        self._move(Phase.SENDING)

    def is_taken(self) -> bool:
        """Say whether anything of the answer was taken since this was asked last, and wait anew if so."""
        before = self._unsent_bytes
        self._unsent_bytes = self._transport.get_write_buffer_size()
        if self._unsent_bytes >= before:
            return False
        self._move(Phase.SENDING)
        return True

    def leave(self) -> None:
        """Remove the connection from all."""
        self._all.remove(self._connection, self._phase)

    def _move(self, phase: Phase) -> None:
        if phase is Phase.SENDING:
            self._unsent_bytes = self._transport.get_write_buffer_size()
        self._all.move(self._connection, self._phase, phase, self._loop.time())
        self._phase = phase

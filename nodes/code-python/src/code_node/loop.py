"""`await` in a place without sockets, which the event loops of the standard library are built on."""

import asyncio
import time

from .failure import wrong


class _NoSockets:
    """What waits for sockets elsewhere waits only for the time here."""

    def __init__(self, loop):
        self._loop = loop

    def select(self, timeout):
        if timeout is None:
            raise wrong("the code waits for something that never comes")
        if timeout > 0:
            time.sleep(timeout)
            self._loop.now += timeout
        return ()


class Loop(asyncio.BaseEventLoop):
    def __init__(self):
        super().__init__()
        self._selector = _NoSockets(self)
        # The clock of the sandbox stands still while somebody sleeps.
        self.now = 0.0

    def time(self):
        return self.now

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass


asyncio.new_event_loop = asyncio.events.new_event_loop = Loop


def run_to_the_end(coroutine):
    return asyncio.run(coroutine)

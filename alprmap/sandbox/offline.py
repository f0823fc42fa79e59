"""Imports that look at the network, done without a look."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_probe() -> Iterator[None]:
    """Let libraries be imported inside without binding a socket.

    urllib3, which folium and OSMnx bring, binds `[::1]:0` when it is imported, to learn whether the
    machine has IPv6; it does not where Python says that it has none.
    """
    had = socket.has_ipv6
    socket.has_ipv6 = False
    try:
        yield
    finally:
        socket.has_ipv6 = had

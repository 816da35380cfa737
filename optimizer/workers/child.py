"""The far side of a local worker: reads pieces of work from its input, does them, and answers on its output."""

from __future__ import annotations

import os
import pickle
import signal
import struct
import sys
import threading
from typing import IO, Any

from optimizer.workers.executor import Done, done_by

# What the near side runs to start one; it hands over its own search path first, so that both find the same modules.
PROGRAM = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from optimizer.workers.child import serve; serve(sys.stdin.buffer)"
)
# A message is its length and so many bytes; the one that asks to stop is empty.
_LENGTH = struct.Struct("<Q")
STOP = b""


def write(stream: IO[bytes], message: bytes) -> None:
    """Send one message."""
    stream.write(_LENGTH.pack(len(message)) + message)
    stream.flush()


def read(stream: IO[bytes]) -> bytes:
    """The next message.

    Raises
    ------
    EOFError
        When the other side is gone.
    """
    return _exactly(stream, _LENGTH.unpack(_exactly(stream, _LENGTH.size))[0])


def _exactly(stream: IO[bytes], count: int) -> bytes:
    found = stream.read(count)
    if len(found) < count:
        raise EOFError("the other side is gone")
    return found


def packed(done: Done) -> bytes:
    """An answer as bytes; a value or an error that cannot be sent is told as an error that can."""
    try:
        message = pickle.dumps(("done", done))
        if done.error is not None:
            pickle.loads(message)
    except Exception as trouble:
        what = f"{type(done.error).__name__}: {done.error}" if done.error is not None else f"its value: {trouble}"
        message = pickle.dumps(("done", Done(error=RuntimeError(f"a worker could not send back {what}"))))
    return message


def serve(source: IO[bytes]) -> None:
    """Do what arrives until the other side is gone, then end at once, whatever still runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Answers have the output to themselves: whatever a solver prints would garble them.
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    turn = threading.Lock()
    stop = threading.Event()

    def send(message: bytes) -> None:
        with turn:
            write(out, message)

    def do(message: bytes, stop: threading.Event) -> None:
        def report(news: Any) -> None:
            send(pickle.dumps(("report", news)))

        try:
            work, item = pickle.loads(message)
        except Exception as error:
            send(packed(Done(error=error)))
            return
        send(packed(done_by(work, item, report, stop)))

    while True:
        try:
            message = read(source)
        except EOFError:
            sys.stderr.flush()
            os._exit(0)
        if message == STOP:
            stop.set()
        else:
            stop = threading.Event()
            threading.Thread(target=do, args=(message, stop), daemon=True).start()

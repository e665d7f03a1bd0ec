"""A Redis for the length of a `with` block, which can be stopped in the middle and keeps what it holds."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator

PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")
MISSING = "no Redis on this machine (Debian: apt install redis-server)"


class Redis:
    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process, self.url = process, url

    def freeze(self) -> None:
        """It takes connections, and answers none: what a dead network looks like. Nothing it holds is lost."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def temporary_redis() -> Iterator[Redis]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [str(PROGRAM), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.02)
            yield Redis(process, f"redis://127.0.0.1:{port}/0")
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()

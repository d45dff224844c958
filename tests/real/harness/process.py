"""A process that a check starts, waits for and ends; whatever happens, nothing of it stays behind."""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from harness.rendering import Broken


class Process:
    """Used with `with`: at its end the process and all that it started are killed."""

    def __init__(self, name, command, environment, directory, log, user=None):
        """`log` is the file for both of its outputs; `user` is whom to run as, if not root."""
        self.name = name
        self.log = Path(log)
        with open(self.log, "wb") as output:
            self._process = subprocess.Popen(
                [str(word) for word in command], env=environment, cwd=directory, user=user,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    @property
    def number(self):
        return self._process.pid

    def lines(self):
        """What it has printed so far."""
        return self.log.read_text(errors="replace").splitlines()

    def wait_until(self, is_true, what, seconds):
        """Seconds until `is_true()`; raises with its last words if it ends before or is too slow."""
        started = time.monotonic()
        while not is_true():
            ended = self._process.poll()
            waited = time.monotonic() - started
            if ended is not None or waited > seconds:
                how = f"exits {ended} after" if ended is not None else "has not finished in"
                tail = "\n".join(self.lines()[-30:])
                raise Broken(f"{self.name} {how} {waited:.0f} s, before: {what}\n{tail}")
            time.sleep(0.1)
        return time.monotonic() - started

    def wait_for_port(self, port, seconds, host="127.0.0.1"):
        return self.wait_until(lambda: is_open(port, host), f"port {port} answers", seconds)

    def wait_for_line(self, pattern, seconds):
        return self.wait_until(
            lambda: any(re.search(pattern, line) for line in self.lines()),
            f"a line with {pattern!r}", seconds,
        )

    def wait_for_end(self, seconds):
        """Its exit status."""
        self.wait_until_ended(seconds)
        return self._process.returncode

    def terminate(self, grace_period, with_signal=signal.SIGTERM):
        """(exit status, seconds) after one SIGTERM to the process itself, as the kubelet sends it."""
        started = time.monotonic()
        self._process.send_signal(with_signal)
        self.wait_until_ended(grace_period)
        return self._process.returncode, time.monotonic() - started

    def wait_until_ended(self, seconds):
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            tail = "\n".join(self.lines()[-30:])
            raise Broken(f"{self.name} has not ended in {seconds:.0f} s\n{tail}") from None

    def others(self):
        """The processes of its group that live on after it."""
        found = []
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = status.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == self._process.pid and fields[0] != "Z":
                found.append(int(status.parent.name))
        return found

    def kill(self):
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()


def is_open(port, host="127.0.0.1"):
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, int(port))) == 0


def free_ports(count):
    """Ports that nobody has now; all are held until the last is found, so that none comes twice."""
    held = []
    try:
        for _ in range(count):
            probe = socket.socket()
            held.append(probe)
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in held]
    finally:
        for probe in held:
            probe.close()

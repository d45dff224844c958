"""Kubernetes' probes, asked of a process on this machine."""

import http.client

from harness.process import is_open
from harness.rendering import Broken


def wait(running, seconds=None):
    """Seconds until the startup and the readiness probe pass.

    Without a bound of the caller's it is the rendered one: what a pod would be given before it is
    killed.
    """
    spec = running.container.spec
    probes = [spec[name] for name in ("startupProbe", "readinessProbe") if name in spec]
    if not probes:
        raise Broken(f"{running.process.name} has neither a startup nor a readiness probe")
    if seconds is None:
        first = probes[0]
        seconds = first.get("periodSeconds", 10) * first.get("failureThreshold", 3)
    return running.process.wait_until(
        lambda: all(_passes(running, probe) for probe in probes), "its probes pass", seconds
    )


def _passes(running, probe):
    if "tcpSocket" in probe:
        return is_open(running.port(probe["tcpSocket"]["port"]))
    if "httpGet" in probe:
        wanted = probe["httpGet"]
        status = get_status(running.port(wanted["port"]), wanted.get("path", "/"))
        return status is not None and 200 <= status < 400
    if "exec" in probe:
        return running.execute(probe["exec"]["command"], 60) == 0
    raise Broken(f"{running.process.name} has a probe that nothing here can ask: {probe}")


def get_status(port, path, timeout=10):
    """The status of one GET, redirects not followed; None if there is no answer."""
    try:
        return get(port, path, timeout)[0]
    except (OSError, http.client.HTTPException):
        return None


def get(port, path, timeout=60):
    """(status, body)"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()

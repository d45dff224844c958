"""Servers that the rendered ones talk to, each on loopback and in a directory of its own."""

import contextlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness import debian_programs, places, s3
from harness.process import Process, free_ports
from harness.rendering import Broken
from harness.stage import machine_environment

ACCESS_KEY = "test-access-key"
SECRET_KEY = "test-secret-key"
PASSWORD = "test-password"


@dataclass(frozen=True)
class ObjectStore:
    """An S3 server; its buckets are directories, and an object is a file."""

    port: int
    directory: Path

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def objects(self, bucket):
        """The keys of a bucket's objects; a key that ends in a slash is a directory."""
        root = self.directory / bucket
        return sorted(
            f"{path.relative_to(root)}{'/' if path.is_dir() else ''}" for path in root.rglob("*")
        )


@contextlib.contextmanager
def object_store(directory, prefixes):
    """VersityGW, which checks signatures: wrong keys get nothing. `prefixes` are `bucket/prefix`.

    A prefix is put there as a release's preconditions say, with an object whose key ends in a slash:
    a directory that nothing was put into does not exist to S3.
    """
    data = Path(directory) / "objects"
    data.mkdir()
    for prefix in prefixes:
        (data / prefix.partition("/")[0]).mkdir(exist_ok=True)
    [port] = free_ports(1)
    environment = machine_environment() | {
        "ROOT_ACCESS_KEY_ID": ACCESS_KEY, "ROOT_SECRET_ACCESS_KEY": SECRET_KEY,
    }
    command = [places.VERSITYGW, "--quiet", "--port", f"127.0.0.1:{port}", "posix", data]
    with Process("VersityGW", command, environment, directory, Path(directory) / "log") as process:
        process.wait_for_port(port, 30)
        store = ObjectStore(port, data)
        for prefix in prefixes:
            if prefix.partition("/")[2]:
                s3.put(store, f"/{prefix.rstrip('/')}/", ACCESS_KEY, SECRET_KEY)
        yield store


@dataclass(frozen=True)
class Database:
    port: int
    name: str
    user: str
    password: str = PASSWORD

    def ask(self, statement):
        """What psql answers, without decoration."""
        done = subprocess.run(
            [debian_programs.postgresql("psql"), "-h", "127.0.0.1", "-p", str(self.port),
             "-U", self.user, "-d", self.name, "-qAtX", "-c", statement],
            env=machine_environment() | {"PGPASSWORD": self.password},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        )
        if done.returncode:
            raise Broken(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()


@contextlib.contextmanager
def postgresql(directory, name="metastore", user="metastore"):
    """An empty database, with passwords by SCRAM as PostgreSQL now has them."""
    home = Path(directory)
    secret = home / "password"
    secret.write_text(PASSWORD)
    # PostgreSQL refuses to run as root.
    owner = "postgres" if os.geteuid() == 0 else None
    if owner:
        for path in (home, secret):
            shutil.chown(path, owner)
        _let_through(home)
    done = subprocess.run(
        [debian_programs.postgresql("initdb"), "-D", home / "data", "-U", user, "--pwfile", secret,
         "-A", "scram-sha-256", "-E", "UTF8", "--locale", "C.UTF-8"],
        env=machine_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120, user=owner, cwd=home,
    )
    if done.returncode:
        raise Broken(f"initdb: {done.stderr.strip()}")
    [port] = free_ports(1)
    command = [
        debian_programs.postgresql("postgres"), "-D", home / "data", "-p", port,
        "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={home}", "-c", "fsync=off",
    ]
    with Process("PostgreSQL", command, machine_environment(), home, home / "log", user=owner) as process:
        process.wait_for_port(port, 60)
        Database(port, "postgres", user).ask(f'CREATE DATABASE "{name}"')
        yield Database(port, name, user)


def _let_through(directory):
    """Another user may pass through the directories above; a temporary one is its maker's alone."""
    for parent in directory.parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o011)

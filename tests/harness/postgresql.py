"""A real PostgreSQL for the tests: on loopback, in a folder of its own, as a user who is not root, with fsync on."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from evidence_store.databases.preparing import prepare_database

OWNER, WRITER, READER = "evidence_owner", "evidence_writer", "evidence_reader"
INSTALL = "make test-tools (Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql)"
PATIENCE_S = 60


class PostgresqlMissingError(Exception):
    """PostgreSQL's programs are not on this machine: a failure, never a skip."""


@dataclass
class Server:
    """One server, started and stopped by its own process id."""

    programs: Path
    folder: Path
    port: int
    password: str = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    def url(self, role: str = WRITER, database: str = "evidence", options: str = "") -> str:
        """A URL for a role; `options` are settings of the session, as `-c name=value`."""
        query = f"?options={options.replace(' ', '%20').replace('=', '%3D')}" if options else ""
        return f"postgresql://{role}:{self.password}@127.0.0.1:{self.port}/{database}{query}"

    def connect(self, role: str = "postgres", database: str = "evidence") -> psycopg.Connection:
        """A plain connection, each statement a transaction. Close it."""
        return psycopg.connect(self.url(role, database), autocommit=True)

    def execute(self, *statements: str, role: str = "postgres", database: str = "evidence") -> None:
        with closing(self.connect(role, database)) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def new_database(self, name: str) -> str:
        """Another database, made ready for stores; the writer's URL for it."""
        self.execute(f'CREATE DATABASE "{name}" OWNER {OWNER}', database="postgres")
        prepare_database(self.url(OWNER, name), writer=WRITER, reader=READER)
        return self.url(WRITER, name)

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "shared_buffers": "16MB",
            "max_connections": "200",
            **self.settings,
        }
        arguments = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        deadline = time.monotonic() + PATIENCE_S
        with (self.folder / "log").open("ab") as log:
            while time.monotonic() < deadline:
                if self._process is None or self._process.poll() is not None:
                    # After a kill it refuses until its last child is gone; then it is simply started again.
                    command = [str(self.programs / "postgres"), "-D", str(self.folder / "cluster"), *arguments]
                    self._process = subprocess.Popen(command, stdout=log, stderr=log, **_as_who())
                try:
                    self.connect(database="postgres").close()
                except psycopg.OperationalError:
                    time.sleep(0.05)
                else:
                    return
        self.stop()
        raise AssertionError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()[-2000:]}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT in good order, SIGKILL as a power cut would for the program (not for the disk)."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=PATIENCE_S)
            self._process = None


@contextmanager
def running_server(settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server with the three roles and the database `evidence`, made ready for stores."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="livewitness-postgresql-"))
    server = Server(programs, folder, _free_port(), secrets.token_urlsafe(12), dict(settings or {}))
    try:
        password_file = folder / "password"
        password_file.write_text(server.password)
        who = _as_who()
        for path in (folder, password_file):
            os.chown(path, who.get("user", -1), who.get("group", -1))
        command = [str(programs / "initdb"), "--pgdata", str(folder / "cluster"), "--username", "postgres"]
        command += ["--auth", "scram-sha-256", "--pwfile", str(password_file), "--encoding", "UTF8"]
        command += ["--no-locale", "--data-checksums", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S, **who)
        server.start()
        for role in (OWNER, WRITER, READER):
            server.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{server.password}'", database="postgres")
        server.new_database("evidence")
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """Where `initdb` and `postgres` are: on PATH, or where Debian keeps them, the newest first."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    for folder in ([Path(on_path).resolve().parent] if on_path else []) + debian:
        if all((folder / program).exists() for program in ("initdb", "postgres")):
            return folder
    raise PostgresqlMissingError(f"the tests need PostgreSQL's initdb and postgres; type: {INSTALL}")


def _as_who() -> dict[str, int]:
    """PostgreSQL refuses to run as root: then it runs as its own user, or as nobody."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid}
    raise PostgresqlMissingError("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])

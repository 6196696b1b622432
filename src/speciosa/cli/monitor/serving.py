"""``speciosa monitor serve | worker | demo``: the pages, the process behind them, and a synthetic clinic."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from speciosa.cli.console import progress, say
from speciosa.cli.monitor.opening import DEFAULT_FOLDER, Folder, opened, require_extra
from speciosa.errors import RecordError

if TYPE_CHECKING:
    from speciosa.monitor.db import Database
    from speciosa.monitor.web.settings import Settings as WebSettings

Port = Annotated[int, typer.Option(min=1, max=65535, help="Port of this machine.")]
DEFAULT_PORT = 8300
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
RESTART_PAUSE = 2.0
GRACE = 15.0
"""Seconds that requests and jobs in progress are given at the end."""


def worker(
    folder: Folder = DEFAULT_FOLDER,
    beside: Annotated[
        bool, typer.Option("--beside", help="Stop when the process is gone that started this one.")
    ] = False,
) -> None:
    """Take jobs from the queue and do them, until stopped. Several may run beside each other."""
    start_log()
    is_over, parent = threading.Event(), os.getppid()

    def stop(_number: int, _frame: FrameType | None) -> None:
        is_over.set()

    def should_stop() -> bool:
        return is_over.is_set() or (beside and os.getppid() != parent)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with opened(folder) as (database, _):
        from speciosa.monitor.worker import run

        say("The worker waits for jobs. Stop it with Ctrl+C.")
        run(database, should_stop=should_stop)


def serve(
    folder: Folder = DEFAULT_FOLDER,
    host: Annotated[str, typer.Option(help="Address of this machine to listen on.")] = "127.0.0.1",
    port: Port = DEFAULT_PORT,
    certificate: Annotated[
        Path | None, typer.Option(help="Certificate chain (PEM): browsers then come by TLS.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Private key (PEM) of the certificate.")] = None,
    behind_tls: Annotated[
        bool,
        typer.Option(
            "--behind-tls", help="A proxy on this machine takes TLS off: cookies and headers as with TLS."
        ),
    ] = False,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="Host name under which browsers reach the server; repeatable."),
    ] = None,
    clinic: Annotated[str, typer.Option(help="Name at the top of the pages.")] = "Monitor",
    with_worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Also start the worker process.")
    ] = True,
) -> None:
    """Serve the pages; to browsers of other machines by TLS only."""
    require_extra()
    from speciosa.monitor.web.settings import Settings as WebSettings

    check_reach(host, certificate, key, behind_tls=behind_tls, names=name or [])
    start_log()
    with opened(folder) as (database, settings):
        web = WebSettings(
            clinic=clinic,
            zone=settings.zone,
            has_tls=behind_tls or certificate is not None,
            hosts=tuple(name or ()),
        )
        with worker_beside(folder if with_worker else None):
            scheme = "https" if certificate else "http"
            say(f"Pages: {scheme}://{(name or [host])[0]}:{port}/ (stop with Ctrl+C)")
            run_server(database, web, host, port, certificate, key)


def check_reach(
    host: str, certificate: Path | None, key: Path | None, *, behind_tls: bool, names: list[str]
) -> None:
    """Refuse to send records over a network in the clear.

    Raises
    ------
    RecordError
        With what to do instead.
    """
    if (certificate is None) != (key is None):
        raise RecordError(
            "certificate and key go together", where="--certificate", expected="both or neither"
        )
    if not (is_loopback(host) or certificate is not None):
        raise RecordError(
            f"{host} is reached from other machines, and there is no certificate",
            where="--host",
            expected="a certificate and its key, or an address of this machine alone",
            advice="Behind a proxy that takes TLS off, listen on 127.0.0.1 with --behind-tls.",
        )
    if (behind_tls or not is_loopback(host)) and not names:
        raise RecordError(
            "no host name is given", where="--name", expected="the name under which browsers reach the server"
        )


def is_loopback(host: str) -> bool:
    """Whether an address is one of this machine alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def run_server(
    database: Database,
    web: WebSettings,
    host: str,
    port: int,
    certificate: Path | None = None,
    key: Path | None = None,
) -> None:
    """Serve until stopped."""
    import uvicorn

    from speciosa.monitor.web.app import create_app

    # uvicorn raises the signal again when it has shut down: what began around it must end as well.
    signal.signal(signal.SIGTERM, _leave)
    options: dict[str, Any] = {}
    if certificate is not None and key is not None:
        options = {"ssl_certfile": str(certificate), "ssl_keyfile": str(key)}
    uvicorn.run(
        create_app(database, web),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=int(GRACE),
        **options,
    )


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def start_log() -> None:
    """Write the program's log to stderr; times are in UTC."""
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT, stream=sys.stderr)


@contextmanager
def worker_beside(folder: Path | None) -> Iterator[None]:
    """Run a worker process beside, and start it again where it stops; none for no folder."""
    if folder is None:
        yield
        return
    is_over = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        while not is_over.is_set():
            command = [sys.executable, "-c", "from speciosa.cli import main; main()", "monitor", "worker"]
            process = subprocess.Popen(
                [*command, "--beside", "--folder", str(folder)], env={**os.environ, "OMP_NUM_THREADS": "1"}
            )
            running[:] = [process]
            process.wait()
            is_over.wait(RESTART_PAUSE)

    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        for process in running:
            process.terminate()
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
        thread.join(GRACE)


def demo(
    port: Port = DEFAULT_PORT,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the pages in a browser.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Of the synthetic people.")] = 1,
) -> None:
    """Show the monitor with a synthetic clinic of 30 people, in a folder that is dropped at the end."""
    require_extra()
    from speciosa.monitor.demonstration import build_clinic
    from speciosa.monitor.services import install, utc_now
    from speciosa.monitor.settings import write_settings
    from speciosa.monitor.web.settings import Settings as WebSettings

    start_log()
    with tempfile.TemporaryDirectory(prefix="speciosa-monitor-") as name:
        folder = Path(name)
        write_settings(folder, None, "UTC", None)
        with opened(folder, is_current=False) as (database, settings):
            install(database)
            with progress("Synthetic clinic", is_quiet=False) as advance:
                build_clinic(database, utc_now(), seed=seed, progress=advance)
            address = f"http://127.0.0.1:{port}/"
            say(f"Pages: {address} (stop with Ctrl+C; the worker makes the forecasts one by one)")
            if browser:
                threading.Timer(1.5, webbrowser.open, (address,)).start()
            web = WebSettings(clinic="Synthetic clinic", zone=settings.zone, is_demonstration=True)
            with worker_beside(folder):
                run_server(database, web, "127.0.0.1", port)

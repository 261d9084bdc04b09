"""Headless Chromium, driven over the pipe of its DevTools protocol: no library is needed."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
PATIENCE = 60


class Browser:
    """One page in a browser of its own. `requested` are the URLs that the page has asked for."""

    def __init__(self, profile: Any) -> None:
        commands, self._to = os.pipe()
        self._from, answers = os.pipe()

        def as_chromium_wants_them() -> None:
            """Commands are read from 3, and answers written to 4."""
            high_commands, high_answers = os.dup(commands), os.dup(answers)
            for high, number in ((high_commands, 3), (high_answers, 4)):
                os.dup2(high, number)

        self._process = subprocess.Popen(
            [CHROMIUM, *FLAGS, f"--user-data-dir={profile}"],
            preexec_fn=as_chromium_wants_them,
            close_fds=False,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        # A browser that says nothing ends, and with it the read that waits for it.
        self._watch = threading.Timer(PATIENCE, self._kill)
        self._watch.start()
        self._buffer, self._number, self._session = b"", 0, None
        self.requested: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.ask(f"{domain}.enable")

    def open(self, url: str, width: int, scheme: str) -> None:
        """Show a page on a screen of that width, in `light` or `dark`."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.ask("Page.navigate", url=url)

    def value(self, expression: str) -> Any:
        """What an expression of JavaScript is in the page."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """Wait until an expression is true; returns it."""
        deadline = time.monotonic() + PATIENCE / 2
        while not (value := self.value(expression)) and time.monotonic() < deadline:
            threading.Event().wait(0.05)
        assert value, f"{expression} was never true. The page: {self.value('document.body.innerText')}"
        return value

    def picture(self) -> bytes:
        """The page as a PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def ask(self, method: str, **params: Any) -> Any:
        """Send a command and return its result; what else the browser says meanwhile is noted."""
        self._number += 1
        session = {} if self._session is None else {"sessionId": self._session}
        message = {"id": self._number, "method": method, "params": params, **session}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            said = self._said()
            if said.get("method") == "Network.requestWillBeSent":
                self.requested.append(said["params"]["request"]["url"])
            if said.get("id") == self._number:
                assert "error" not in said, said
                return said["result"]

    def _said(self) -> Any:
        while b"\0" not in self._buffer:
            chunk = os.read(self._from, 1 << 20)
            assert chunk, "the browser has ended"
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def close(self) -> None:
        """End the browser."""
        self._watch.cancel()
        self._kill()
        self._process.wait()
        os.close(self._to)
        os.close(self._from)

    def _kill(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)

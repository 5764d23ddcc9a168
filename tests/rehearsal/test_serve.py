"""The model server as a process of its own."""

import signal
import socket
import subprocess
import sys

import httpx
import pytest

from surestep.errors import InputError
from surestep.rehearsal import Scenario, serve
from tests.rehearsal.helpers import classifier

PROGRAM = """
from surestep.rehearsal import load_scenario, serve
serve(load_scenario({path!r}), port=0, on_listening=lambda url: print(url, flush=True))
"""
TOML = """
time_scale = 0
[[roles]]
name = "hello"
pattern = "hello"
truth = { hello = "world" }
"""


def test_a_process_serves_until_it_is_interrupted(tmp_path):
    """It says where it listens, answers, and ends cleanly and silently on Ctrl-C."""
    path = tmp_path / "scenario.toml"
    path.write_text(TOML)
    command = [sys.executable, "-c", PROGRAM.format(path=str(path))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        base_url = process.stdout.readline().decode().strip()
        body = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
        reply = httpx.post(f"{base_url}/chat/completions", json=body).json()
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=30)

    assert reply["choices"][0]["message"]["content"] == "world"
    assert (process.returncode, complaints) == (0, b"")


def test_a_taken_port_is_refused():
    """The address is named."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match=r"Cannot listen on 127\.0\.0\.1:\d+"):
            serve(Scenario(roles=(classifier(),)), port=taken.getsockname()[1])


@pytest.mark.parametrize("port", [-1, 70000])
def test_an_impossible_port_is_refused(port):
    """The port is named."""
    with pytest.raises(InputError, match=f"127.0.0.1:{port}"):
        serve(Scenario(roles=(classifier(),)), port=port)


def test_describing_a_scenario_needs_no_web_framework():
    """Importing the package loads neither server nor client."""
    code = (
        "import sys, surestep.rehearsal;"
        "print({'starlette', 'uvicorn', 'openai', 'langchain_openai'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"

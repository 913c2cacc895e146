from __future__ import annotations

import unicodedata
from pathlib import Path
from types import SimpleNamespace

import pytest

from fractbench.backend import Device
from fractbench.bench.machine.hardware import hardware, system
from fractbench.bench.machine.privacy import HIDDEN, VARIABLES, clean, shared_environment
from fractbench.bench.machine.software import software
from fractbench.bench.machine.state import state
from fractbench.bench.records.facts import Facts
from machines import h100, linux, mac, nvml

USER, HOST, HOME = "zoë.o'brien", "Jane's-MacBook Pro", "/Users/zoë o'brien"
SECRETS = ("zoë", "zoe", "o'brien", "brien", "jane", "macbook pro", "my maps", "box", "/users")


@pytest.fixture
def awkward(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Make a machine of awkward names, and return a folder to be in."""
    place = tmp_path / "zoë o'brien" / "my maps"
    place.mkdir(parents=True)
    monkeypatch.chdir(place)
    for name in ("USER", "LOGNAME", "USERNAME", "LNAME"):
        monkeypatch.setenv(name, USER)
    monkeypatch.setenv("HOME", HOME)
    monkeypatch.setattr("socket.gethostname", lambda: f"{HOST}.local")
    monkeypatch.setattr("platform.node", lambda: HOST)
    monkeypatch.setattr("platform.release", lambda: "6.1.0-janes-box")
    monkeypatch.setattr("pwd.getpwuid", lambda _: SimpleNamespace(pw_gecos="Zoë O'Brien,,,"))
    return place


def assert_private(text: str) -> None:
    plain = unicodedata.normalize("NFC", text).casefold()
    assert [secret for secret in SECRETS if secret in plain] == []


def facts(device: Device) -> list[Facts]:
    return [hardware(device), system(device), software(), state(device)]


def test_facts_of_a_linux_machine_tell_no_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, awkward: Path
) -> None:
    linux(monkeypatch, tmp_path, {"sys/class/dmi/id/product_name": HOST})
    monkeypatch.setattr("platform.mac_ver", lambda: ("", ("", "", ""), ""))
    gpu = h100()
    nvml(monkeypatch, gpu)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", gpu["UUID"])
    found = facts(Device("torch", "cuda:0"))
    assert found[0].model_dump()["gpu"] == "NVIDIA H100 80GB HBM3"
    assert found[1].model_dump()["release"] == "6.1.0"
    for fact in found:
        assert_private(fact.model_dump_json())
        assert gpu["UUID"] not in fact.model_dump_json()


def test_facts_of_a_mac_tell_no_name(monkeypatch: pytest.MonkeyPatch, awkward: Path) -> None:
    mac(monkeypatch, hw_model=HOST)
    found = facts(Device("mlx", "metal"))
    assert found[0].model_dump()["gpu_cores"] == 16
    for fact in found:
        assert_private(fact.model_dump_json())
        assert "SECRET" not in fact.model_dump_json()


MESSAGES = [
    f"cannot open {HOME}/my maps/kernel.so: no such file",
    f"cannot open '{HOME}/my maps/kernel.so'",
    f'File "{HOME}/lib/python3.12/site-packages/x.py", line 3',
    f"{HOME!r} and {HOME.encode()!r} and {HOME!a}",
    f"[Errno 2] No such file or directory: {HOME + '/a b'!r}",
    unicodedata.normalize("NFD", f"not found: {HOME}/a"),
    f"dlopen({HOME}/x.dylib, 0x0002): tried: '{HOME}/x.dylib' (no such file)",
    f"user {USER} on {HOST} and {HOST}.local",
    f"{USER.upper()}@{HOST}: permission denied",
    "written by Zoë O'Brien <zoe.brien@example.org>",
    "Zoë has no right here",
    "/Users/zoë\\ o\\'brien/a\\ b.c: error",
    "-I/Users/zoë/include -L/home/jane/lib",
    "PATH=/Users/jane/bin:/usr/bin:/home/zoë/bin",
    "file:///Users/zo%C3%AB/maps and https://jane:box@example.org/simple",
    "C:\\Users\\Jane Doe\\AppData\\Local\\x y.dll is missing",
    "'C:\\Users\\Jane Doe\\x y' is missing",
    "C:\\\\Users\\\\Jane\\\\x.py",
    "\\\\janes-box\\share\\maps",
    "~jane/maps and ~/jane and $HOME/jane/x and %USERPROFILE%\\jane",
    "“/Volumes/Jane's Disk/my maps” is full",
    "/Volumes/Jane's Disk/my maps/file.npz is full",
    "/opt/Program Files (x86)/Jane/x",
    "cannot\nopen\t/Users/zoë o'brien/my maps/x",
    "\x1b[31m/Users/zoë\x1b[0m",
    f"{'x ' * 140}/Users/zoë o'brien/my maps {USER}",
]


@pytest.mark.parametrize("message", MESSAGES)
def test_messages_tell_no_name_and_no_path(awkward: Path, message: str) -> None:
    cleaned = clean(message)
    assert_private(cleaned)
    assert "<path>" in cleaned or "<name>" in cleaned or "…" in cleaned
    assert len(cleaned) <= 300
    assert cleaned.isprintable()
    assert clean(cleaned) == cleaned


def test_the_folder_one_is_in_is_known_whole(awkward: Path) -> None:
    cleaned = clean(f"nothing in {awkward} and nothing in {awkward}/my file.npz either")
    assert_private(cleaned)
    assert cleaned == "nothing in <path> and nothing in <path> either"


@pytest.mark.parametrize(("message", "cleaned"), [
    ("cannot open /usr/lib/libx.so: no such file", "cannot open <path>: no such file"),
    ("File \"/usr/lib/x.py\", line 3", "File \"<path>\", line 3"),
    ("from 'y' (/usr/lib/y.py)", "from 'y' (<path>)"),
    ("/usr/lib/libx.so could not be loaded", "<path> could not be loaded"),
    ("see https://example.org/a?b=c for more", "see <path> for more"),
    ("mail to a.b+c@example.org, please", "mail to <name>, please"),
    ("lost GPU-12345678-1234-1234-1234-123456789abc", "lost <name>"),
])  # fmt: skip
def test_the_rest_of_a_message_stays(awkward: Path, message: str, cleaned: str) -> None:
    assert clean(message) == cleaned


@pytest.mark.parametrize("message", [
    "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 34359738368 bytes.",
    "shapes (3, 4) and (5,) do not fit: 12.5 GB/s, and/or N/A, 1/2, a // b, x / y",
    "[metal::malloc] Attempting to allocate 4 bytes; @jit of <lambda> needs root",
    "can't, won't: 'tanh' != \"relu\" at 3:4",
    "CUDA error: an illegal memory access was encountered (700)",
])  # fmt: skip
def test_what_tells_of_nobody_stays(awkward: Path, message: str) -> None:
    assert clean(message) == message


def test_a_long_message_is_cut() -> None:
    assert clean("word " * 1000) == ("word " * 60)[:299] + "…"
    assert clean("") == ""


def test_names_are_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    assert clean("Ann cannot; ann_x and annotate and (ann)") == (
        "<name> cannot; ann_x and annotate and (<name>)"
    )


@pytest.mark.parametrize("name", ["root", "runner", "user", "name", "42", "x"])
def test_names_of_nobody_stay(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: name)
    assert clean(f"an error of {name} here") == f"an error of {name} here"


def test_a_process_without_home_folder_or_name_can_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise KeyError("uid not found")

    def gone() -> str:
        raise FileNotFoundError

    for name in ("getpass.getuser", "pwd.getpwuid", "socket.gethostname"):
        monkeypatch.setattr(name, fail)
    monkeypatch.setattr("os.getcwd", gone)
    assert clean("no /such/file") == "no <path>"


def test_listed_variables_are_shared() -> None:
    given = {
        "OMP_NUM_THREADS": "4", "XLA_FLAGS": "--xla_gpu_x=true", "MLX_ENABLE_TF32": "0",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8", "JAX_DEFAULT_MATMUL_PRECISION": "highest",
        "HOME": "/Users/jane", "SECRET_TOKEN": "abc", "CUDA_VISIBLE_DEVICES": "GPU-1",
    }  # fmt: skip
    shared = {name: value for name, value in given.items() if name in VARIABLES}
    assert shared_environment(given) == shared
    assert len(shared) == 5


@pytest.mark.parametrize("value", [
    "/Users/jane/x", "--xla_dump_to=/tmp/x", "C:\\x", "~", "a b", "zoë", "a;b", "$HOME", "%HOME%",
    "a@b", "x\n", "--xla_dump_to=maps_of_ZOË.O'BRIEN",
])  # fmt: skip
def test_other_values_are_hidden(awkward: Path, value: str) -> None:
    assert shared_environment({"XLA_FLAGS": value}) == {"XLA_FLAGS": HIDDEN}


def test_a_name_in_a_value_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    found = shared_environment({"XLA_FLAGS": "--xla_dump_to=Anns_maps", "OMP_SCHEDULE": "static"})
    assert found == {"XLA_FLAGS": HIDDEN, "OMP_SCHEDULE": "static"}

"""One real Kafka broker (KRaft) from Maven's jars: resolve, format once, command line.

The broker is Kafka itself, started as `java -cp jars/* kafka.Kafka server.properties`.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from string import Template

from infra.problem import Problem
from infra.subprocesses import Tools

VERSION = "4.1.2"
OLDEST_JAVA = 17
FOLDER = Path(__file__).parent
HEAP = ("-Xmx512m", "-Xms256m", "-XX:+UseSerialGC")
RESOLVED = "resolved.sha256"
"""Name of the file that says which pom a jar folder was resolved from."""

INSTALL_JAVA = (
    "install a Java runtime, version 17 or newer "
    "(Debian/Ubuntu: apt install openjdk-17-jre-headless; macOS: brew install openjdk)"
)
INSTALL_MAVEN = "install Maven (Debian/Ubuntu: apt install maven; macOS: brew install maven)"


def find_java(environment: Mapping[str, str]) -> str | None:
    """Path of the `java` to use: JAVA_HOME's when it has one, else the one on PATH."""
    home = environment.get("JAVA_HOME")
    if home and os.access(Path(home, "bin", "java"), os.X_OK):
        return str(Path(home, "bin", "java"))
    return shutil.which("java", path=environment.get("PATH"))


def find_maven(environment: Mapping[str, str]) -> str | None:
    """Path of `mvn`, or None."""
    return shutil.which("mvn", path=environment.get("PATH"))


def java_version(printed: str) -> int | None:
    """The feature version in what `java -version` printed: 8, 17, 25; None when there is none."""
    match = re.search(r'version "(?:1\.)?(\d+)', printed)
    return int(match.group(1)) if match else None


def jars_folder(downloads: Path) -> Path:
    """Where the jars live below a home."""
    return downloads / "kafka" / f"jars-{VERSION}"


def jars_present(downloads: Path) -> bool:
    """Whether the jars of the present pom are there, all of them (the folder appears whole)."""
    stamp = jars_folder(downloads) / RESOLVED
    return stamp.is_file() and stamp.read_text() == _pom_digest()


def ensure_jars(downloads: Path, tools: Tools, environment: Mapping[str, str]) -> Path:
    """Resolve the jars with Maven unless they are there; return their folder.

    They go to a folder of their own first and are moved into place whole, so a run that was
    killed leaves nothing that looks complete.
    """
    target = jars_folder(downloads)
    if jars_present(downloads):
        return target
    maven = find_maven(environment)
    if maven is None:
        raise Problem(f"Maven (mvn) was not found: {INSTALL_MAVEN}.")
    fresh = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}")
    fresh.mkdir(parents=True)
    try:
        tools.run(
            [
                maven,
                "--quiet",
                "--batch-mode",
                "--strict-checksums",
                f"--file={FOLDER / 'pom.xml'}",
                "dependency:copy-dependencies",
                "-DincludeScope=runtime",
                f"-DoutputDirectory={fresh}",
            ],
            what="Fetching Kafka's libraries with Maven (is the network reachable?)",
            environment=environment,
        )
        (fresh / RESOLVED).write_text(_pom_digest())
        _replace(target, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def write_settings(
    folder: Path, data: Path, port: int, controller_port: int, *, advertised: int | None = None
) -> Path:
    """Write server.properties for a broker with its log in `data`; return its path.

    `advertised` is the port that clients are sent to, its own when None.
    """
    template = Template((FOLDER / "server.properties").read_text(encoding="utf-8"))
    target = folder / "server.properties"
    target.write_text(
        template.substitute(
            port=port,
            advertised_port=advertised or port,
            controller_port=controller_port,
            data=data,
        ),
        encoding="utf-8",
    )
    return target


def ensure_formatted(settings: Path, data: Path, java: str, jars: Path, tools: Tools) -> None:
    """Give an empty data folder its cluster id. Does nothing to one that has its own."""
    if (data / "meta.properties").is_file():
        return
    shutil.rmtree(data, ignore_errors=True)
    fresh = data.with_name(f"{data.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    formatting = settings.with_name("format.properties")
    lines = settings.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("log.dirs=")]
    formatting.write_text("\n".join([*kept, f"log.dirs={fresh}", ""]), encoding="utf-8")
    tools.run(
        [
            *(java, "-XX:TieredStopAtLevel=1", "-Xmx128m", "-XX:+UseSerialGC", *_logging()),
            *("-cp", f"{jars}/*", "kafka.tools.StorageTool", "format", "--standalone"),
            *("--cluster-id", _new_cluster_id(), "--config", str(formatting)),
        ],
        what="Formatting Kafka's data folder",
    )
    formatting.unlink()
    fresh.rename(data)


def cluster_id(data: Path) -> str | None:
    """The cluster id a data folder was formatted with."""
    meta = data / "meta.properties"
    if not meta.is_file():
        return None
    match = re.search(r"^cluster\.id=(\S+)$", meta.read_text(encoding="utf-8"), re.MULTILINE)
    return match.group(1) if match else None


def command(java: str, jars: Path, settings: Path, *, short_lived: bool) -> tuple[str, ...]:
    """The broker's command line.

    A short-lived broker keeps to the quick compiler (C1): it starts with a third less CPU time,
    and nobody runs it long enough to profit from the thorough one.
    """
    quick = ("-XX:TieredStopAtLevel=1",) if short_lived else ()
    classpath = f"{jars}/*"
    return (java, *HEAP, *quick, *_logging(), "-cp", classpath, "kafka.Kafka", str(settings))


def _logging() -> tuple[str, ...]:
    return (f"-Dlog4j2.configurationFile={FOLDER / 'log4j2.xml'}", "-Dfile.encoding=UTF-8")


def _pom_digest() -> str:
    return hashlib.sha256((FOLDER / "pom.xml").read_bytes()).hexdigest()


def _new_cluster_id() -> str:
    """Kafka's form of a random UUID: 22 characters of URL-safe base64, no leading dash."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def _replace(target: Path, fresh: Path) -> None:
    """Move `fresh` to `target`; when another start was quicker, its result stays."""
    if (target / RESOLVED).is_file() and (target / RESOLVED).read_text() == _pom_digest():
        return
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)

"""Makes `.venv` run this checkout: a path file for the imports and the `rxlog` script.

`make setup` runs it in place of an editable install, which would download a build tool that no
lock file pins. Needs the standard library only.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

SCRIPT = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
from infra.rxlog import main

if __name__ == "__main__":  # processes started by a command import this file again
    main()
"""


def main() -> None:
    project = Path(__file__).resolve().parent.parent
    site_packages = Path(sysconfig.get_path("purelib"))
    (site_packages / "rxlog.pth").write_text(f"{project}\n", encoding="utf-8")
    # `exec` by a shell, because the first line of a script may not be long or have spaces.
    script = Path(sys.prefix, "bin", "rxlog")
    python = Path(sys.prefix, "bin", "python")
    script.write_text(SCRIPT.format(python=python), encoding="utf-8")
    script.chmod(0o755)


if __name__ == "__main__":
    main()

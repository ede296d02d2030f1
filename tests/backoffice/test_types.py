"""The pages' JSDoc types, checked by TypeScript, as the browser SDK's are."""

import json
import pathlib
import shutil
import subprocess

import pytest

from tests.client.test_types import TYPESCRIPT

ROOM = pathlib.Path(__file__).parents[2] / "central_office" / "backoffice"
OPTIONS = {
    "checkJs": True,
    "allowJs": True,
    "noEmit": True,
    "strict": True,
    "skipLibCheck": True,
    "target": "es2022",
    "module": "es2022",
    "moduleResolution": "bundler",
    "lib": ["es2023", "dom", "dom.iterable", "dom.asynciterable"],
    "paths": {"/office/*": ["./office/*"]},
}

pytestmark = [
    pytest.mark.skipif(
        shutil.which("npm") is None or shutil.which("node") is None,
        reason="npm is not installed; TypeScript cannot be fetched without it.",
    ),
    pytest.mark.timeout(180),
]


def test_the_pages_do_what_their_types_say(tmp_path: pathlib.Path) -> None:
    (tmp_path / "package.json").write_text('{"private": true, "type": "module"}')
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--silent", TYPESCRIPT]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=150, stdin=subprocess.DEVNULL)
    shutil.copytree(ROOM, tmp_path / "office")
    settings = {"compilerOptions": OPTIONS, "include": ["office"], "exclude": ["office/uplot"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings))
    done = subprocess.run(
        ["node", "node_modules/typescript/lib/tsc.js", "-p", "."],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        check=False,
        text=True,
    )
    assert done.stdout == ""
    assert done.returncode == 0

"""JSDoc types, checked by TypeScript: the browser SDK's help who uses it, the pages' hold."""

import json
import pathlib
import shutil
import subprocess

import pytest

TYPESCRIPT = "typescript@5.9.3"
API = pathlib.Path(__file__).parents[2] / "edge_daemon" / "api"
SDK = API / "client.js"
BACK_OFFICE = pathlib.Path(__file__).parents[2] / "central_office" / "backoffice"
PAGES = {
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
STRICT = ["--checkJs", "--allowJs", "--noEmit", "--strict", "--skipLibCheck"]
BROWSER = ["--target", "es2022", "--module", "es2022", "--lib", "es2023,dom,dom.iterable"]
RIGHT = """
import { Register, pair, newId } from "./client.js";

const paired = await pair("https://box.local:8443", "K7QX-3M9P", { name: "Tablet" });
const register = new Register("https://box.local:8443", paired.token, { workstation: "till-1" });
const tenders = [{ type: "cash", amount: 500 }];
const sale = await register.sell({ lines: [{}], tenders }, newId());
const weight = await register.weigh("scale");
/** @type {number} */
const grams = weight.weight_milli ?? 0;
for await (const { type } of register.events({ types: ["scan"] })) console.log(type, grams, sale);
"""
WRONG = {
    'register.pay({ amount: "12,50" });': "TS2322",
    "register.sell({ lines: [] });": "TS2345",
    'register.resolve(newId(), "PAID", "so");': "TS2345",
    'register.events({ devices: "scanner" });': "TS2322",
    "register.shout();": "TS2339",
}
"""What a till must not write, and TypeScript's number for it."""

pytestmark = [
    pytest.mark.skipif(
        shutil.which("npm") is None or shutil.which("node") is None,
        reason="npm is not installed; TypeScript cannot be fetched without it.",
    ),
    pytest.mark.timeout(180),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("types")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--silent", TYPESCRIPT]
    subprocess.run(command, cwd=folder, check=True, timeout=150, stdin=subprocess.DEVNULL)
    shutil.copy(SDK, folder)
    return folder


def test_a_till_that_uses_the_sdk_wrongly_is_told_where_and_nothing_else_is_wrong(
    folder: pathlib.Path,
) -> None:
    head = RIGHT.partition("const tenders")[0]
    (folder / "right.js").write_text(RIGHT)
    (folder / "wrong.js").write_text(head + "\n".join(WRONG) + "\n")
    told = checked(folder, "right.js", "wrong.js")
    found = {line.partition(",")[0]: line.partition("error ")[2][:6] for line in told}
    first = head.count("\n") + 1
    assert found == {
        f"wrong.js({first + row}": number for row, number in enumerate(WRONG.values())
    }, told


def test_the_till_of_the_box_itself_uses_it_rightly(folder: pathlib.Path) -> None:
    shutil.copytree(API / "till_page", folder / "till_page")
    assert checked(folder, *(str(each) for each in sorted(folder.glob("till_page/*.js")))) == []


def checked(folder: pathlib.Path, *files: str) -> list[str]:
    """What TypeScript says of these files."""
    done = subprocess.run(
        ["node", "node_modules/typescript/lib/tsc.js", *STRICT, *BROWSER, *files],
        cwd=folder,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        check=False,
        text=True,
    )
    return [line for line in done.stdout.splitlines() if not line.startswith(" ")]


def test_the_back_offices_pages_do_what_their_types_say(folder: pathlib.Path) -> None:
    shutil.copytree(BACK_OFFICE, folder / "office")
    settings = {"compilerOptions": PAGES, "include": ["office"], "exclude": ["office/uplot"]}
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    done = subprocess.run(
        ["node", "node_modules/typescript/lib/tsc.js", "-p", "."],
        cwd=folder,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        check=False,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "")

"""A browser on the status page, and a second witness for how accessible it is."""

import json
import os
import pathlib
import shutil
import subprocess
from typing import Any

import pytest
from playwright.async_api import Page

AXE = "axe-core@4.14.1"
PHONE = {"width": 390, "height": 844}
TABLET = {"width": 1024, "height": 768}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCREENSHOTS = os.environ.get("STATUS_PAGE_SCREENSHOTS")
"""A folder for pictures of what was looked at; none are made where it is not set."""


def axe_source(folder: pathlib.Path) -> str:
    """Axe-core, fetched by npm."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed; axe-core cannot be fetched without it.")
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--silent", AXE]
    fetched = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
    if fetched.returncode:
        pytest.skip(f"npm cannot fetch {AXE} here.")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


async def barriers(page: Page, axe: str) -> list[str]:
    """What axe finds: the rule, and the elements that break it."""
    await page.evaluate(axe)
    options = json.dumps({"runOnly": RULES})
    found: list[dict[str, Any]] = await page.evaluate(
        f"axe.run(document, {options}).then((all) => all.violations)"
    )
    return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in found]


async def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, whole, where somebody wants to look at it."""
    if SCREENSHOTS:
        path = pathlib.Path(SCREENSHOTS, f"{name}.png")
        await page.screenshot(path=path, full_page=True, animations="disabled")


async def too_wide(page: Page) -> bool:
    """True where the page has to be scrolled sideways."""
    wide: bool = await page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return wide

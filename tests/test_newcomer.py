"""The newcomer's way: README's lines on an export as social tools write it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"
MESSAGE = "Proud to share: our new depot in Zwolle runs on green power from day one! Read more"


@pytest.fixture
def export(tmp_path, monkeypatch):
    """Semicolons, a byte order mark, names of its own, days before months, empty rows."""
    with (tmp_path / "export.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Author", "Message", "Published (UTC)", "Network", "Likes"])
        for number in range(8):
            own = "My team built this. " if number == 3 else ""
            text = f"{own}{MESSAGE} https://lnk.example/{number}"
            writer.writerow([f"Ann {number}", text, f"02/03/2026 09:{7 * number:02}", "LinkedIn", number])
        for day in range(10, 20):
            writer.writerow([f"Ann {day}", f"Note {day} of my own", f"{day}/03/2026 12:00", "X", ""])
        file.write(";;;;\r\n\r\n;;;;\r\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_readme_ranks_it(export, capsys):
    (code,) = re.findall(
        r"^```python\n(import pandas.+?)^```", README.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert len(code.splitlines()) < 10
    exec(code, {})
    assert capsys.readouterr().out.startswith("1 clusters; 8 of 20 messages (40.0%) are in one")
    with (export / "ranked.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["authors"], row["peak"], row["template"][:14]) == ("8", "8", "Proud to share")

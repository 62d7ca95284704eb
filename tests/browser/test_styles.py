"""What our styles and templates must not say, whatever the language and the color scheme."""

import re
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "omnichannel_connector"
# What does not turn round with the language, in styles and as class names.
PHYSICAL_STYLE = re.compile(
    r"(?:margin|padding|border)-(?:left|right)|(?:^|[\s{;])(?:left|right|float):"
)
PHYSICAL_CLASS = re.compile(r"\b(?:[mp][lr]-(?:auto|\d)|(?:text|float)-(?:left|right))\b")
FIXED_COLOR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\(\s*\d|:\s*(?:black|white)\b", re.I)


def found(folder, **patterns):
    """Return the lines of the files that match the pattern for their ending."""
    lines = []
    for path in sorted(folder.rglob("*")):
        pattern = patterns.get(path.suffix[1:])
        if pattern and path.is_file():
            text = path.read_text(encoding="utf-8").splitlines()
            lines += [f"{path.name}: {line.strip()}" for line in text if pattern.search(line)]
    return lines


def test_nothing_of_ours_knows_left_and_right():
    """Odoo mirrors style sheets, but only where rtlcss is installed; logical words always turn."""
    words = {"scss": PHYSICAL_STYLE, "xml": PHYSICAL_CLASS, "js": PHYSICAL_CLASS}
    assert found(ADDON, **words) == []


def test_no_style_of_ours_has_a_color_of_its_own():
    """Where an addon brings a dark scheme, Odoo's variables change; a fixed color would not."""
    assert found(ADDON / "static" / "src", scss=FIXED_COLOR) == []


def test_what_is_searched_for_would_be_found(tmp_path):
    (tmp_path / "bad.scss").write_text(
        ".a {\n  margin-left: 1px;\n  color: #fff;\n  float: left;\n  color: rgba(0, 0, 0, 1);\n}"
    )
    (tmp_path / "bad.xml").write_text('<p class="ml-2"/>\n<p class="ms-2 text-start"/>')
    assert len(found(tmp_path, scss=PHYSICAL_STYLE)) == 2
    assert len(found(tmp_path, scss=FIXED_COLOR)) == 2
    assert len(found(tmp_path, xml=PHYSICAL_CLASS)) == 1

"""The page and the picture of a frontier."""

import json
import re

import pytest

from surestep.plots.page import page, png
from tests.plots.sheets import sheet

HOSTILE = '</script><script>alert(1)</script> {{bundle}} "]\n[x'


@pytest.fixture(scope="module")
def made():
    """A page about a step with a hostile name, under a hostile title."""
    return page(sheet(HOSTILE, title=HOSTILE))


def held(made, name):
    """One of the JSON blocks of a page."""
    block = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', made, re.S)
    return json.loads(block[1])


def test_the_page_holds_the_sheet(made):
    """As it is, hostile names included."""
    said = held(made, "sheet")

    assert said == json.loads(json.dumps(sheet(HOSTILE, title=HOSTILE).as_dict()))
    assert said["steps"] == ["read", HOSTILE]


def test_foreign_text_is_never_markup(made):
    """A title or a step's name cannot start a script, nor ask for a part of the page."""
    assert "<script>alert" not in made
    assert made.count("</script>") == 4
    assert "{{bundle}}" in held(made, "sheet")["title"]


def test_the_page_asks_nobody_for_anything(made):
    """All of it is in the file, and the browser is told to fetch nothing."""
    assert "default-src 'none'" in made
    markup = re.sub(r"<script>.*?</script>", "", made, flags=re.S)
    assert re.findall(r"<[^>]*\s(?:src|href)=", markup) == []


def test_the_chart_has_a_dot_for_each_plan(made):
    """The chosen one is picked, and none is at a place a logarithm does not have."""
    points = held(made, "spec")["datasets"]["points"]

    assert [one["picked"] for one in points] == [False, True, False]
    assert [one["cost_usd"] for one in points] == [0.02, 0.024, 0.027]
    assert all(one["failure"] > 0 for one in points)


def test_the_picture_is_a_png():
    """Drawn without a browser."""
    assert png(sheet(), scale=1.0).startswith(b"\x89PNG")

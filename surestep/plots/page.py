"""Specifications as pictures and pages, and the page of a frontier, which need nothing else."""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from importlib import resources

import vl_convert

from surestep.plots import chart
from surestep.plots.sheet import Sheet

# Of the specification, for the scripts on the page; altair writes for this one.
_VEGA_LITE = re.compile(r"/v(\d+\.\d+)")


def page(sheet: Sheet) -> str:
    """The page: the frontier to hover, the plans to open, limits to move; works offline.

    Nothing is worked out in it but which of the plans keep the limits. All text is escaped.
    """
    spec = chart.frontier(sheet)
    parts = {
        "title": escape(sheet.title),
        "style": _asset("page.css"),
        "sheet": _embedded(sheet.as_dict()),
        "spec": _embedded(spec),
        "bundle": _bundle(_version(spec)),
        "script": _asset("page.js"),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _asset("page.html"))


def png(sheet: Sheet, *, scale: float = 2.0) -> bytes:
    """The frontier, and the steps of the chosen plan, as a picture.

    Args:
        sheet: the plans.
        scale: pixels for each one of the specification; 2, the default, suits most screens.
    """
    return as_png(chart.picture(sheet), scale=scale)


def as_png(spec: chart.Spec, *, scale: float = 2.0) -> bytes:
    """A specification drawn as a picture, `scale` pixels for each one of its own."""
    return bytes(vl_convert.vegalite_to_png(spec, vl_version=_version(spec), scale=scale))


def as_svg(spec: chart.Spec) -> str:
    """A specification drawn in words of SVG, without any script."""
    return str(vl_convert.vegalite_to_svg(spec, vl_version=_version(spec)))


def as_html(spec: chart.Spec) -> str:
    """A specification as a page that needs nothing but itself, and works offline."""
    return str(vl_convert.vegalite_to_html(spec, vl_version=_version(spec), bundle=True))


@cache
def _bundle(vega_lite: str) -> str:
    """All that draws a specification in a browser, as one script."""
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vega_lite))


def _asset(name: str) -> str:
    return resources.files("surestep.plots").joinpath("assets", name).read_text(encoding="utf-8")


def _embedded(value: object) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")


def _version(spec: chart.Spec) -> str:
    found = _VEGA_LITE.search(str(spec["$schema"]))
    wanted = found[1] if found else ""
    known: list[str] = vl_convert.get_vegalite_versions()
    return wanted if wanted in known else known[-1]

"""Charts as SVG from the server: readable without scripts, colored by the style sheet, sharp on paper."""

from __future__ import annotations

from speciosa.monitor.web.charts.course import Course, Mark, Panel, Ribbon, Tick, course_svg, panels_svg
from speciosa.monitor.web.charts.spark import spark_svg

__all__ = ["Course", "Mark", "Panel", "Ribbon", "Tick", "course_svg", "panels_svg", "spark_svg"]

"""The picture of the README: COWS in the four arms of the demonstration.

Run: ``python examples/demo_picture.py`` writes ``docs/images/demo.png``.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from speciosa.cli.scenario_file import ComparisonFile, read_text
from speciosa.results import plot_panels, save_png
from speciosa.simulation import Setting, simulate

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "demo.png"


def main() -> None:
    """Simulate the arms of the demonstration and save their COWS."""
    setting = Setting()
    given = read_text(
        files("speciosa.cli").joinpath("demo.toml").read_text("utf-8"), ComparisonFile, "demo.toml"
    )
    results = {
        arm: simulate(given.scenario(regimen, arm, setting), setting) for arm, regimen in given.arms.items()
    }
    print(save_png(plot_panels(results, "COWS"), PICTURE, dpi=130))


if __name__ == "__main__":
    main()

"""The picture of the page on forecasts: a made-up record, three days ahead.

Run: ``python examples/forecast_picture.py`` writes ``docs/images/forecast.png``.
"""

from __future__ import annotations

from pathlib import Path

from speciosa.forecasting import forecast, read_record
from speciosa.forecasting.plots import plot_forecast
from speciosa.results import save_png

HERE = Path(__file__).parent
RECORD = HERE / "records" / "taper.toml"
PICTURE = HERE.parent / "docs" / "images" / "forecast.png"


def main() -> None:
    """Forecast the made-up record and save the picture."""
    found = forecast(read_record(RECORD), seed=1)
    print(save_png(plot_forecast(found), PICTURE, dpi=130))


if __name__ == "__main__":
    main()

"""What a simulation gives back: labelled arrays, the scenario in words, and where every number came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from speciosa.errors import ResultError, UnknownNameError
from speciosa.late import pd, xr
from speciosa.results import exposure as _exposure
from speciosa.results import presentation, ratings, returning, scores, shares, storage, summaries
from speciosa.results.courses import PersonalCourses
from speciosa.results.description import ScenarioDescription
from speciosa.results.labels import Given, Labels
from speciosa.results.nca import FloatArray
from speciosa.results.provenance import Provenance, Trust, trace

if TYPE_CHECKING:
    from speciosa.evidence import Evidence

OK = 0
"""Status code of a person whose simulation succeeded."""


def _no_persons() -> xr.Dataset:
    return xr.Dataset()


@dataclass(frozen=True, eq=False)
class Result:
    """Outputs of a scenario over persons and time.

    Parameters
    ----------
    data : xarray.Dataset, or callable that makes it at the first look
        Dimensions ("person", "time"); time in h, increasing; every variable has the attributes ``unit`` and
        ``kind`` ("concentration", "occupancy", "signal", "share", "effect", "transmitter", "latent", "state"
        or "score"), and where they apply ``long_name``, ``molar_mass`` (g/mol), ``drug``, ``trust`` (its
        weakest evidence row), ``bands`` (pairs of a severity band's name and its lower bound) and ``rating``
        (the numbers of `speciosa.results.ratings.Rating`).
    description : ScenarioDescription
    persons : xarray.Dataset, or callable that makes it at the first look
        Covariates over "person", each with the attribute ``unit``.
    status : (n,) int, optional
        0 where the person was simulated, else the engine's code; all 0 if not given.
    reasons : tuple of str, optional
        Per person, what went wrong; empty for the others.
    slots : tuple of str
        Evidence slots that the model reads.
    row_ids : tuple of str
        Evidence rows used without a slot.
    methods : tuple of str
        Keys of the sources of methods used.
    courses : PersonalCourses
        Of a regimen with rules: what was decided about each person, and the doses taken.

    Raises
    ------
    ResultError
        Where the parts do not fit each other.

    Notes
    -----
    Rows of failed persons are set to NaN and left out of every summary, which states their number.

    Examples
    --------
    >>> attributes = {"unit": "dimensionless", "kind": "signal"}
    >>> data = xr.Dataset(
    ...     {"signal.MOR": (("person", "time"), [[0.0, 0.4, 0.2]], attributes)},
    ...     coords={"person": [1], "time": [0.0, 1.0, 2.0]},
    ... )
    >>> result = Result(data, ScenarioDescription("Example", "morphine 10 mg IV once", until=2.0, persons=1))
    >>> float(result.quantiles("signal.MOR", [0.5]).max())
    0.4
    """

    data: Labels = Labels()  # noqa: RUF009  # a descriptor, not a value
    description: ScenarioDescription  # type: ignore[misc]  # mypy takes the descriptor for a default
    persons: Labels = Labels(_no_persons)  # noqa: RUF009
    status: npt.NDArray[np.int64] | None = None
    reasons: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    row_ids: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    courses: PersonalCourses = field(default_factory=PersonalCourses)

    def __post_init__(self) -> None:
        data = vars(self)["data"]
        is_late = callable(data) and self.status is not None
        if not is_late:
            _check(self.data)
        codes = np.zeros(self.data.sizes["person"]) if self.status is None else self.status
        status = np.array(codes, dtype=np.int64)
        n = len(status) if is_late else self.data.sizes["person"]
        if status.shape != (n,):
            raise ResultError(
                f"status has shape {status.shape}", expected=f"one code for each of {n} persons"
            )
        reasons = self.reasons or tuple("" if code == OK else f"status {code}" for code in status)
        if len(reasons) != n:
            raise ResultError(f"{len(reasons)} reasons are given", expected=f"one for each of {n} persons")
        if not callable(vars(self)["persons"]) and self.persons.sizes.get("person", n) != n:
            raise ResultError(
                f"covariates are given for {self.persons.sizes['person']} persons", expected=f"{n} persons"
            )
        status.setflags(write=False)
        object.__setattr__(self, "status", status)
        object.__setattr__(self, "reasons", tuple(reasons))
        if (status != OK).any():
            masked = partial(_masked, data, status == OK)
            object.__setattr__(self, "data", masked if is_late else masked())

    def __getstate__(self) -> dict[str, Any]:
        """Datasets, in place of what makes them, which holds the compiled model."""
        return {**vars(self), "data": self.data, "persons": self.persons}

    @property
    def time(self) -> FloatArray:
        """Time grid, h."""
        return np.asarray(self.data["time"].values, dtype=np.float64)

    @property
    def begin(self) -> float:
        """Where the scenario begins on the time grid, h: 0, unless the record starts later."""
        return max(0.0, float(self.time[0]))

    @property
    def is_ok(self) -> npt.NDArray[np.bool_]:
        """Which persons were simulated, (n,) bool."""
        return np.asarray(self.status == OK)

    @property
    def n(self) -> int:
        """Number of persons in summaries."""
        return int(self.is_ok.sum())

    @property
    def failed(self) -> int:
        """Number of persons left out of summaries."""
        return len(self.is_ok) - self.n

    @property
    def failures(self) -> pd.DataFrame:
        """The failed persons: columns person, code and reason."""
        rows = np.flatnonzero(~self.is_ok)
        return pd.DataFrame(
            {
                "person": self.data["person"].values[rows],
                "code": np.asarray(self.status)[rows],
                "reason": [self.reasons[row] for row in rows],
            }
        )

    def outputs(self, kind: str | None = None) -> tuple[str, ...]:
        """Names of the outputs, all or of one kind."""
        return tuple(
            str(name)
            for name, variable in self.data.data_vars.items()
            if kind is None or variable.attrs.get("kind") == kind
        )

    def output(self, name: str) -> xr.DataArray:
        """One output over persons and time.

        Raises
        ------
        UnknownNameError
            Offers near misses.
        """
        if name not in self.data.data_vars:
            raise UnknownNameError("output", name, self.outputs())
        return self.data[name]

    def summary(self, unit: str | None = None, *, tail: tuple[float, float] | None = None) -> pd.DataFrame:
        """Every output in numbers: exposure of concentrations, peak of scores, course of the rest.

        Parameters
        ----------
        unit : str, optional
            Unit of concentrations; that of the record if left out.
        tail : (start, end), optional
            Hours in which the terminal slope is taken, as in `exposure`.

        Returns
        -------
        pandas.DataFrame
            One row an output and metric; columns as `summarize` gives them.
        """
        return summaries.summary(self, unit, tail)

    def exposure(
        self,
        drug: str,
        unit: str = "ng/mL",
        *,
        window: tuple[float, float] | None = None,
        after_dose: int | None = None,
        tail: tuple[float, float] | None = None,
        dose: tuple[float, str] | None = None,
        lower_limit: float = 0.0,
    ) -> xr.Dataset:
        """Non-compartmental exposure metrics of each person.

        Parameters
        ----------
        drug : str
            Drug name (its plasma concentration is taken) or name of a concentration output.
        unit : str
            Unit of concentrations.
        window : (start, end), optional
            Hours of the scenario; from 0 to the end without it. Times such as tmax count from its start.
        after_dose : int, optional
            Instead of a window: from the dose of this index in ``description.doses`` (0 first, -1 last) to
            the next dose of the same item or the end.
        tail : (start, end), optional
            Hours from the start of the window in which the terminal slope is taken (48-120 h, say); chosen by
            the best adjusted R2 without it.
        dose : (amount, unit), optional
            Dose of this drug, for CL/F and Vz/F.
        lower_limit : float
            Concentrations up to it, in `unit`, are left out of the terminal slope.

        Returns
        -------
        xarray.Dataset
            Over "person": Cmax, tmax, AUC, AUC0-24 (if the window covers 24 h), AUCinf, AUC extrapolated (%),
            t1/2, lambda_z, lambda_z R2, and CL/F and Vz/F with a dose; each with its ``unit``. `summarize`
            condenses it.
        """
        return _exposure.exposure(
            self,
            drug,
            unit,
            window=window,
            after_dose=after_dose,
            tail=tail,
            dose=dose,
            lower_limit=lower_limit,
        )

    def accumulation(self, drug: str, interval: float, first: float = 0.0, last: float = 0.0) -> xr.DataArray:
        """AUC over the dosing interval that starts at `last` h, relative to the one that starts at `first` h.

        Returns
        -------
        xarray.DataArray
            Over "person", dimensionless; NaN where the first area is zero.
        """
        return _exposure.accumulation(self, drug, interval, first, last)

    def ratio(
        self,
        metabolite: str,
        parent: str,
        window: tuple[float, float] | None = None,
        basis: _exposure.Basis = "molar",
    ) -> xr.DataArray:
        """AUC of a metabolite relative to its parent, in molar or mass terms.

        Returns
        -------
        xarray.DataArray
            Over "person", dimensionless.
        """
        return _exposure.ratio(self, metabolite, parent, window, basis)

    def score(
        self,
        name: str = "COWS",
        *,
        since: float = 0.0,
        until: float | None = None,
        before: float = scores.DAY,
        time_unit: str = "h",
    ) -> xr.Dataset:
        """Peak, rise and time per severity band of a withdrawal score.

        Parameters
        ----------
        name : str
        since, until : float
            Window in h; `since` is where the regimen of interest stops or begins.
        before : float
            The level before is the mean over so many h before `since`, as far as recorded; at the very start
            of the record it is the first value.
        time_unit : str
            Unit of times: "h" or "d".

        Returns
        -------
        xarray.Dataset
            Over "person": peak, time of peak, day of peak, level before, rise, mean, and ``time in BAND``.
        """
        return scores.score(self, name, since=since, until=until, before=before, time_unit=time_unit)

    def bands(self, name: str = "COWS") -> pd.DataFrame:
        """Share of people whom a rating would put into each severity band over time.

        Where the latent severities are recorded, a rating is made of items and differs from occasion to
        occasion; where they are not, it is the expected score of each person.

        Returns
        -------
        pandas.DataFrame
            Index time (h), one column a band.
        """
        return scores.shares(self, name)

    def ratings(
        self, name: str = "COWS", *, times: Sequence[float] | None = None, seed: int = 0
    ) -> xr.Dataset:
        """Draw single ratings, item by item, with the noise of the occasion.

        Parameters
        ----------
        name : str
            A rated scale.
        times : sequence of float, optional
            When people are rated, h; once a day from the start without it.
        seed : int
            A person's ratings depend on it and on the person's number alone.

        Returns
        -------
        xarray.Dataset
            ``items`` over "person", "time" and "item", ``total`` over "person" and "time"; -1 for an item of
            a person who could not be simulated.
        """
        return ratings.rated(self, name, times, seed)

    def signal_shares(
        self, receptor: str = "MOR", *, evidence: Evidence | None = None, seed: int = 0
    ) -> pd.DataFrame:
        """Which molecule carries the signal at a receptor, over people and over what is not known.

        Parameters
        ----------
        receptor : str
        evidence : Evidence, optional
            The package's own tables without it.
        seed : int
            Of the draws from the ranges of the receptor constants.

        Returns
        -------
        pandas.DataFrame
            One row a molecule: ``share`` (median over people), ``p5`` and ``p95`` between people, ``low`` and
            ``high`` over the ranges of the constants, peak unbound plasma and its ratio to the assay's Ki.
        """
        if evidence is None:
            from speciosa.evidence import load

            evidence = load()
        return shares.signal_shares(self, evidence, receptor, seed)

    def returning_dose(self, last_use: float) -> xr.Dataset:
        """What the usual dose does to breathing after abstinence, against what it did at the last use.

        Parameters
        ----------
        last_use : float
            Time of the last use, h; the usual signal is the largest of the day before.

        Returns
        -------
        xarray.Dataset
            Over "person" and "time" from the last use on: ``as strong as`` (in usual doses at the last use),
            ``effect`` of the usual signal on breathing (share of the largest), and ``effect ratio``.
        """
        return returning.returning_dose(self, last_use)

    def quantiles(
        self, output: str, q: Sequence[float] = summaries.QUANTILES, unit: str | None = None
    ) -> xr.DataArray:
        """Pointwise quantiles over the persons, dimensions ("quantile", "time")."""
        return summaries.quantiles(self, output, q, unit)

    def sources(self, evidence: Evidence | None = None) -> Provenance:
        """Find the evidence rows and sources behind this result, exactly those used.

        Parameters
        ----------
        evidence : Evidence, optional
            The package's own tables without it.
        """
        return trace([self], evidence)

    def trust(self, evidence: Evidence | None = None) -> Trust:
        """How much of the result rests on rows from memory or on assumptions."""
        return self.sources(evidence).trust

    def to_dataframe(self, tidy: bool = True) -> pd.DataFrame:
        """Lay the data out as a table.

        Parameters
        ----------
        tidy : bool
            One row a person, time and output (columns person, time, output, value, unit); otherwise one row a
            person and time and one column an output.
        """
        wide = self.data.to_dataframe().reset_index()
        wide = wide[["person", "time", *self.outputs()]]
        if not tidy:
            return wide
        long = wide.melt(id_vars=["person", "time"], var_name="output", value_name="value")
        return long.assign(unit=long["output"].map({n: self.output(n).attrs["unit"] for n in self.outputs()}))

    def save(self, folder: str | Path) -> Path:
        """Write ``result.npz`` and ``result.json`` into a folder, which is made if missing.

        The same result gives the same bytes.
        """
        return storage.save(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> Result:
        """Read what `save` wrote, exactly as it was.

        Raises
        ------
        ResultError
            Where a file is missing, damaged or of another format.
        """
        return storage.load(Path(folder))

    def __repr__(self) -> str:
        return presentation.text(self)

    def _repr_html_(self) -> str:
        return presentation.html(self)


def check_times(time: FloatArray) -> None:
    """Check that a result can lie on a time grid.

    Parameters
    ----------
    time : (n,) float

    Raises
    ------
    ResultError
        Unless there are two or more increasing times.
    """
    if time.ndim != 1 or len(time) < 2 or not (np.diff(time) > 0.0).all():  # noqa: PLR2004
        raise ResultError("the time grid does not increase", expected="two or more increasing times in h")


def _check(data: xr.Dataset) -> None:
    """Dimensions, time grid, units."""
    missing = {"person", "time"} - set(data.coords)
    if missing:
        raise ResultError(
            f"the data lack the coordinate {' and '.join(sorted(missing))}",
            expected="coordinates person and time",
        )
    check_times(np.asarray(data["time"].values, dtype=np.float64))
    for name, variable in data.data_vars.items():
        if variable.dims != ("person", "time"):
            raise ResultError(
                f"has dimensions {variable.dims}", where=f"output {name!r}", expected="('person', 'time')"
            )
        if not variable.attrs.get("unit"):
            raise ResultError("has no unit", where=f"output {name!r}", expected="the attribute 'unit'")


def _masked(given: Given, is_ok: npt.NDArray[np.bool_]) -> xr.Dataset:
    """Set the rows of the other persons to NaN; attributes stay."""
    data = given() if callable(given) else given
    masked = data.where(xr.DataArray(is_ok, dims="person", coords={"person": data["person"]}))
    masked.attrs = dict(data.attrs)
    for name, variable in data.variables.items():
        masked[name].attrs = dict(variable.attrs)
    return masked

"""Sparse LU factors as straight-line code: the order of pivots is chosen once, from the pattern alone.

Without exchange of rows at run time a small pivot is possible in principle; the error test of the step
catches what comes of it. The matrix is ``I / (gamma h) - J``, whose diagonal leads as the step shrinks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Place = tuple[int, int]


@dataclass(frozen=True)
class Pattern:
    """Where the factors have entries.

    Parameters
    ----------
    order : tuple of int
        Pivots in the order of elimination.
    entries : tuple of (row, column)
        Of the factors, the diagonal and what is filled in included.
    """

    order: tuple[int, ...]
    entries: tuple[Place, ...]

    @classmethod
    def of(cls, size: int, places: Iterable[Place]) -> Pattern:
        """Order by Markowitz's count on the diagonal: the pivot that can fill in least comes first.

        Source
        ------
        Markowitz HM. Management Science 1957;3:255-269.
        """
        rows: list[set[int]] = [{index} for index in range(size)]
        columns: list[set[int]] = [{index} for index in range(size)]
        for row, column in places:
            rows[row].add(column)
            columns[column].add(row)
        left, order = set(range(size)), list[int]()
        while left:
            pivot = min(
                left, key=lambda item: ((len(rows[item] & left) - 1) * (len(columns[item] & left) - 1), item)
            )
            left.discard(pivot)
            order.append(pivot)
            for row in columns[pivot] & left:
                for column in rows[pivot] & left:
                    rows[row].add(column)
                    columns[column].add(row)
        found = tuple((row, column) for row in range(size) for column in sorted(rows[row]))
        return cls(tuple(order), found)

    def eliminations(self) -> list[tuple[int, list[int], list[int]]]:
        """Each pivot with the later rows and columns that it touches, in the order of elimination."""
        rank = {item: index for index, item in enumerate(self.order)}
        present = set(self.entries)
        return [
            (
                pivot,
                [item for item in self.order[rank[pivot] + 1 :] if (item, pivot) in present],
                [item for item in self.order[rank[pivot] + 1 :] if (pivot, item) in present],
            )
            for pivot in self.order
        ]

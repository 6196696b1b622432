"""The expression graph: construction, structure, substitution, derivatives and evaluation."""

from __future__ import annotations

from math import exp, inf, isnan, log, nan
from time import perf_counter

import pytest

from speciosa.errors import ModelError
from speciosa.model import (
    DOSE,
    TIME,
    Expression,
    Kind,
    Op,
    Parameter,
    Signal,
    State,
    constant,
    derivative,
    evaluate,
    exponential,
    logarithm,
    maximum,
    minimum,
    select,
    substitute,
    symbols,
    total,
    walk,
)
from speciosa.model.expression import as_expression, power, symbol

X = symbol("x", "", Kind.STATE)
Y = symbol("y", "", Kind.STATE)
K = symbol("k", "", Kind.PARAMETER)


class TestConstruction:
    def test_zeros_and_ones_vanish(self) -> None:
        assert X + 0.0 is X
        assert 0.0 + X is X
        assert X * 1.0 is X
        assert 1.0 * X is X
        assert X / 1.0 is X
        assert X**1.0 is X
        assert (X * 0.0).is_zero
        assert (0.0 / X).is_zero
        assert (X**0.0).is_one

    def test_constants_fold(self) -> None:
        assert constant(2.0) + 3.0 == constant(5.0)
        assert constant(2.0) * 3.0 == constant(6.0)
        assert 2.0 * (3.0 * X) == 6.0 * X
        assert exponential(0.0) == constant(1.0)
        assert logarithm(constant(exp(2.0))) == constant(2.0)

    def test_double_negation_gives_the_term_itself(self) -> None:
        negated = -X
        assert -negated is X

    def test_what_cannot_be_folded_stays(self) -> None:
        assert logarithm(-1.0).op is Op.LOG
        assert (X + Y).args == (X, Y)

    def test_choice_between_equals_is_no_choice(self) -> None:
        assert select(X, Y, K, K) is K

    def test_exponential_beyond_floating_point_is_infinite(self) -> None:
        assert exponential(1e4) == constant(inf)

    def test_empty_sum_is_zero(self) -> None:
        assert total([]).is_zero

    def test_division_by_the_constant_zero_is_refused(self) -> None:
        with pytest.raises(ModelError, match=r"^an equation divides by the constant 0\.$"):
            _ = X / 0.0

    def test_declared_parts_stand_for_their_symbols(self) -> None:
        state = State("a", "nmol", "amount")
        parameter = Parameter("k", "1/h", "rate")
        signal = Signal("c", "nmol/L", "concentration")
        rate = parameter * state + signal
        assert [node.kind for node in symbols(rate)] == [Kind.PARAMETER, Kind.STATE, Kind.SIGNAL]

    @pytest.mark.parametrize("thing", ["x", None, [1.0]])
    def test_other_things_are_refused(self, thing: object) -> None:
        expected = "cannot stand in an equation; expected a number, a state, a parameter or a signal"
        with pytest.raises(ModelError, match=expected):
            as_expression(thing)

    @pytest.mark.parametrize(
        ("built", "value"),
        [
            (3.0 + X, 5.0),
            (3.0 - X, 1.0),
            (X - 3.0, -1.0),
            (3.0 * X, 6.0),
            (3.0 / X, 1.5),
            (X / 4.0, 0.5),
            (X**3.0, 8.0),
            (-X, -2.0),
        ],
    )
    def test_arithmetic_with_numbers_on_either_side(self, built: Expression, value: float) -> None:
        assert evaluate(built, {"x": 2.0}) == value


class TestStructure:
    def test_equal_structure_is_equal_with_equal_hash(self) -> None:
        left, right = (K * X / (1.0 + X), K * X / (1.0 + X))
        assert left is not right
        assert left == right
        assert hash(left) == hash(right)
        assert len({left, right}) == 1

    @pytest.mark.parametrize(
        "other",
        [X - Y, Y + X, X + K, constant(1.0), symbol("x", "nmol", Kind.STATE) + Y, maximum(X, Y)],
    )
    def test_different_structure_is_different(self, other: Expression) -> None:
        assert other != X + Y

    def test_symbols_differ_by_unit_and_kind(self) -> None:
        assert symbol("x", "", Kind.STATE) != symbol("x", "nmol", Kind.STATE)
        assert symbol("x", "", Kind.STATE) != symbol("x", "", Kind.SIGNAL)

    def test_an_expression_equals_nothing_else(self) -> None:
        assert constant(1.0) != 1.0
        assert X != "x"

    def test_comparing_shared_parts_takes_no_exponential_time(self) -> None:
        def squared(times: int) -> Expression:
            node: Expression = X + Y
            for _ in range(times):
                node = node * node
            return node

        start = perf_counter()
        assert squared(60) == squared(60)
        assert squared(60) != squared(61)
        # 2**60 comparisons would take centuries; a second leaves room for a slow machine.
        assert perf_counter() - start < 1.0

    def test_long_sums_compare_and_evaluate(self) -> None:
        left, right = (total([X] * 5000), total([X] * 5000))
        assert left == right
        assert evaluate(left, {"x": 1.0}) == 5000.0

    def test_walk_gives_each_node_once_arguments_first(self) -> None:
        shared = X * Y
        root = shared / (shared + K)
        order = walk([root, shared])
        assert len(order) == len(set(order))
        for position, node in enumerate(order):
            assert all(order.index(arg) < position for arg in node.args)
        assert order[-1] is root

    def test_walk_finds_equal_parts_built_twice_once(self) -> None:
        order = walk([exponential(X * Y) + (X * Y)])
        assert order.count(X * Y) == 1

    def test_symbols_by_kind_in_order(self) -> None:
        root = K * X + Y / TIME
        assert symbols(root) == (K, X, Y, TIME)
        assert symbols(root, Kind.STATE) == (X, Y)
        assert symbols(root, Kind.DOSE) == ()

    def test_time_and_dose_have_units(self) -> None:
        assert (TIME.unit, DOSE.unit) == ("h", "nmol")


class TestSubstitute:
    def test_replaces_symbols_everywhere(self) -> None:
        assert substitute(X * X + Y, {X: K + 1.0}) == (K + 1.0) * (K + 1.0) + Y

    def test_what_does_not_change_is_kept(self) -> None:
        root = X + Y
        assert substitute(root, {K: X}) is root

    def test_result_is_simplified(self) -> None:
        assert substitute(X * Y + K, {X: constant(0.0)}) is K

    def test_replaces_whole_terms(self) -> None:
        assert substitute((X + Y) / K, {X + Y: X}) == X / K

    def test_replacements_are_not_replaced_again(self) -> None:
        assert substitute(X + Y, {X: Y, Y: X}) == Y + X

    @pytest.mark.parametrize(
        "root",
        [
            X + Y,
            X * Y,
            X / Y,
            X**Y,
            exponential(X),
            logarithm(X),
            maximum(X, Y),
            minimum(X, Y),
            select(X, Y, X, Y),
        ],
    )
    def test_every_operator_is_rebuilt(self, root: Expression) -> None:
        values = {"x": 0.7, "y": 1.9, "k": 0.0}
        swapped = substitute(root, {X: Y, Y: X})
        assert swapped.op is root.op
        assert evaluate(swapped, values) == evaluate(root, {"x": 1.9, "y": 0.7})


OPERATORS = {
    "add": X + Y,
    "subtract": X - 3.0 * Y,
    "multiply": X * Y * X,
    "divide by": X / (X + Y),
    "divide of": (X * X + Y) / K,
    "power, constant": X**1.5,
    "power, negative": X**-2.0,
    "power, variable": Y**X,
    "power, both": (X + 1.0) ** (X * Y),
    "exp": exponential(-X * Y),
    "log": logarithm(X * X + Y),
    "maximum, first": maximum(X, Y * Y - 9.0),
    "maximum, second": maximum(Y - 5.0, X * X),
    "minimum, first": minimum(X * X, Y + 50.0),
    "minimum, second": minimum(Y + 50.0, X * X),
    "select, taken": select(X, 0.0, X * X, X * Y),
    "select, otherwise": select(0.0, X, X * X, X * Y),
}


class TestDerivative:
    @pytest.mark.parametrize("name", OPERATORS)
    @pytest.mark.parametrize("by", ["x", "y"])
    def test_every_operator_against_central_differences(self, name: str, by: str) -> None:
        root = OPERATORS[name]
        point = {"x": 0.8, "y": 1.7, "k": 2.5}
        step = 1e-5
        up, down = (evaluate(root, {**point, by: point[by] + sign * step}) for sign in (1, -1))
        found = evaluate(derivative(root, symbol(by, "", Kind.STATE)), point)
        # Truncation is of the order step**2 and rounding of 1e-16 / step.
        assert found == pytest.approx((up - down) / (2 * step), rel=1e-8, abs=1e-9)

    def test_operators_are_all_covered(self) -> None:
        used = {node.op for root in OPERATORS.values() for node in walk([root])}
        # What looks back needs a past, which test_model_past.py has.
        assert used == set(Op) - {Op.DELAYED, Op.PAST_SLOPE}

    def test_independent_terms_vanish(self) -> None:
        assert derivative(exponential(Y) * K, X).is_zero
        assert derivative(constant(3.0), X).is_zero

    def test_of_the_symbol_itself(self) -> None:
        assert derivative(X, X).is_one

    def test_second_derivative(self) -> None:
        assert evaluate(derivative(derivative(X**3.0, X), X), {"x": 2.0}) == pytest.approx(12.0)

    def test_by_a_signal(self) -> None:
        signal = symbol("c", "nmol/L", Kind.SIGNAL)
        assert derivative(K * signal, signal) == K


class TestEvaluate:
    @pytest.mark.parametrize(
        ("root", "value"),
        [
            (X / Y, nan),
            (logarithm(Y), nan),
            (logarithm(-X), nan),
            ((-X) ** 0.5, nan),
            (Y**-1.0, nan),
            ((X * 1e300) ** 2.0, nan),
            (exponential(X * 1e4), inf),
            (exponential(-X * 1e4), 0.0),
            (maximum(X, Y), 2.0),
            (minimum(X, Y), 0.0),
            (select(X, Y, 5.0, 6.0), 5.0),
            (select(Y, X, 5.0, 6.0), 6.0),
            (select(X, X + 0.0, 5.0, 6.0), 6.0),
            (logarithm(X), log(2.0)),
        ],
    )
    def test_edges_have_values_instead_of_errors(self, root: Expression, value: float) -> None:
        found = evaluate(root, {"x": 2.0, "y": 0.0})
        assert (isnan(found) and isnan(value)) or found == value

    def test_the_branch_that_is_not_taken_may_have_no_value(self) -> None:
        assert evaluate(select(Y, 0.0, X / Y, 0.0), {"x": 2.0, "y": 0.0}) == 0.0

    def test_a_symbol_without_value_is_named(self) -> None:
        with pytest.raises(ModelError, match=r"^no value for 'y'; expected a value for every symbol\.$"):
            evaluate(X + Y, {"x": 1.0})

    def test_power_function_agrees_with_the_operator(self) -> None:
        assert power(X, 2.0) == X**2.0

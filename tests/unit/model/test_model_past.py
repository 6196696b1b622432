"""Equations that look back: their form, their derivatives, and what is refused."""

from __future__ import annotations

import pytest

from speciosa.errors import ModelError
from speciosa.model import (
    Change,
    Kind,
    Module,
    Output,
    Parameter,
    Signal,
    State,
    compose,
    delayed,
    derivative,
)
from speciosa.model.expression import TIME, constant, past_slope, select, substitute, symbol
from speciosa.model.past import delayed_states, looks_back

X, Y = symbol("x", "", Kind.STATE), symbol("y", "", Kind.STATE)
K, D = symbol("k", "1/h", Kind.PARAMETER), symbol("d", "h", Kind.PARAMETER)


def test_what_does_not_change_is_not_delayed() -> None:
    assert delayed(K * 2.0, D) == K * 2.0
    assert delayed(X, 0.0) is X
    assert looks_back((X, 1.0 + delayed(X, D)))
    assert not looks_back((X, K * Y))


def test_parameters_are_those_of_now_and_time_is_that_of_then() -> None:
    found = delayed_states(delayed(K * TIME + X, D), "here")
    assert found == K * delayed(TIME, D) + delayed(X, D)


def test_a_delay_may_look_back() -> None:
    inner = delayed(2.0 * Y, D)
    assert delayed_states(delayed(X, inner), "here") == delayed(X, 2.0 * delayed(Y, D))


def test_what_is_delayed_twice_is_refused() -> None:
    with pytest.raises(ModelError) as caught:
        delayed_states(delayed(delayed(X, D) + Y, 2.0 * D), "signal a")
    assert str(caught.value) == (
        "signal a: delayed(delayed(x, d) + y, 2*d) delays what is delayed already; expected one delay. "
        "Add the delays, or give the inner one a state of its own."
    )


def test_signals_are_resolved_before_states_are_delayed() -> None:
    state, seen, lag = State("a", "", ""), Signal("seen", "", ""), Parameter("lag", "h", "")
    module = Module(
        "m", "", (state,), (lag,),
        outputs=(Output(seen, 2.0 * state), Output(Signal("then", "", ""), delayed(seen, lag))),
        changes=(Change(state, constant(0.0) * state),),
    )  # fmt: skip
    assert compose([module], values={"lag": 1.0}).output("then").value == 2.0 * delayed(state, lag)


def test_by_a_state_the_value_of_now_counts_where_it_is_taken() -> None:
    is_now = select(TIME, delayed(TIME, D), 0.0, 1.0)
    assert derivative(delayed(X, D), X) == is_now
    assert derivative(delayed(X, D), Y).is_zero


def test_by_time_the_past_moves_by() -> None:
    assert derivative(delayed(X, D), TIME) == past_slope(X, D)
    assert derivative(delayed(TIME, D), TIME) == select(TIME, delayed(TIME, D), 1.0, 0.0) + select(
        TIME, delayed(TIME, D), 0.0, 1.0
    )


def test_a_delay_that_depends_on_a_state_moves_the_moment_that_is_looked_at() -> None:
    assert derivative(delayed(X, D * Y), Y) == past_slope(X, D * Y) * -(D)


def test_operators_of_the_past_are_rebuilt() -> None:
    assert substitute(delayed(X, D), {X: Y}) == delayed(Y, D)
    assert substitute(past_slope(X, D), {X: Y}) == past_slope(Y, D)


def test_slopes_have_no_derivative() -> None:
    with pytest.raises(ModelError, match=r"delayed\(slope\(x\), d\) has no derivative"):
        derivative(derivative(delayed(X, D), TIME), TIME)

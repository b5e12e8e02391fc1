"""Laws of the key that says by what a colour was made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from fakes import gray, painted
from hypothesis import given
from hypothesis import strategies as st

from vs_tcvc.core.identity import identity
from vs_tcvc.core.run import Grade, Run

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


def shape(value: object) -> object:
    """The value with its types, so that 1, 1.0 and True differ, and -0.0 from 0.0."""
    if isinstance(value, list):
        return ("list", tuple(map(shape, value)))
    if isinstance(value, dict):
        return ("dict", tuple(sorted((key, repr(shape(each))) for key, each in value.items())))
    return (type(value).__name__, repr(value))


@given(values, values)
def test_equal_values_and_only_they_have_one_key(one: object, other: object) -> None:
    assert (identity(one) == identity(other)) == (shape(one) == shape(other))


def test_where_values_are_divided_counts() -> None:
    assert len({identity(*each) for each in (("ab", "c"), ("a", "bc"), ("abc",), (["ab", "c"],), ("ab", ["c"]))}) == 5


def test_the_order_of_a_mapping_or_a_set_does_not_count() -> None:
    assert identity({"a": 1, "b": 2}) == identity({"b": 2, "a": 1})
    assert identity(frozenset((3, 1, 2))) == identity(frozenset((2, 3, 1)))


def test_an_array_counts_by_dtype_shape_and_content() -> None:
    ones = np.ones((2, 3), np.float32)
    assert identity(ones) == identity(ones.copy()) == identity(np.ones((3, 2), np.float32).T.copy())
    different = (ones, ones.reshape(3, 2), ones.astype(np.float64), ones * 2)
    assert len(set(map(identity, different))) == len(different)


def test_a_key_is_the_same_in_every_version_and_on_every_machine() -> None:
    """A golden: records that users have are compared with it. Only a new ALGORITHM makes colours again."""
    value = ("a", 1, 2.5, None, True, b"x", {"k": [1]}, np.arange(3, dtype=np.int16), Grade(saturation=0.5))
    assert identity(*value)[:16] == "51d223b8688fcdfe"


def test_each_part_of_a_run_counts_but_not_where_a_reference_was_found() -> None:
    reference = painted(4)
    run = Run(3, (reference,), gray(5), Grade(saturation=1.0))
    others = (
        replace(run, first=4), replace(run, references=()), replace(run, references=(painted(4, shade=2.0),)),
        replace(run, references=(replace(reference, frame=6),)), replace(run, predicted_from=gray(6)),
        replace(run, grade=Grade(saturation=0.9)),
    )  # fmt: skip
    assert len({identity(run), *map(identity, others)}) == len(others) + 1
    assert identity(replace(run, references=(replace(reference, origin="elsewhere.png"),))) == identity(run)


def test_fields_that_are_not_compared_do_not_count() -> None:
    @dataclass
    class Rule:
        threshold: int
        cache: dict[str, object] = field(default_factory=dict, compare=False)

    assert identity(Rule(1, {"a": object()})) == identity(Rule(1))


def test_other_values_have_no_identity() -> None:
    with pytest.raises(TypeError, match="object has no identity"):
        identity([object()])

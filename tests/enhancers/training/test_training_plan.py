"""The training file: what it may say, and what is said of mistakes in it."""

import pytest

from codecpipe.errors import InputError
from enhancers.training.plan import Planes, parse_plan


def test_short_forms() -> None:
    found = parse_plan("{datasets: data, planes: y, qps: 37, precision: 32}", "file")
    assert found.datasets == ("data",)
    assert found.planes == (Planes.Y,)
    assert found.qps == (37,)
    assert found.precision == "32"


def test_defaults_are_the_papers() -> None:
    found = parse_plan("datasets: [data]", "file")
    assert (found.patch, found.batch, found.loss, found.learning_rate) == (64, 16, "l1", 1e-4)
    assert found.planes == (Planes.Y, Planes.UV)


def test_steps_by_planes() -> None:
    found = parse_plan("{datasets: [d], steps: {y: 10, uv: 3}}", "file")
    assert [found.steps_of(planes) for planes in found.planes] == [10, 3]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("datasets: [d\n", "not valid YAML"),
        ("- a", "not a training file"),
        ("planes: y", "'datasets' is missing"),
        ("{datasets: [d], batches: 4}", "'batches' is not a key"),
        ("{datasets: []}", "'datasets' is an empty list"),
        ("{datasets: [d], batch: 0}", "batch: input should be greater"),
        ("{datasets: [d], patch: 20}", "patch: input should be a multiple of 8"),
        ("{datasets: [d], variant: huge}", "variant: input should be"),
        ("{datasets: [d], planes: [y, y]}", "names one twice"),
        ("{datasets: [d], planes: y, steps: {uv: 3}}", "'steps' must name the same planes"),
        ("{datasets: [d], validation: {crop: 64, evry: 3}}", "'validation.evry' is not a key"),
        ("{datasets: [d], ema: 1}", "ema: input should be less than 1"),
    ],
)
def test_mistakes_are_named(text: str, said: str) -> None:
    with pytest.raises(InputError, match=r"^'file'") as caught:
        parse_plan(text, "file")
    assert said in str(caught.value)


def test_a_constant_rate_lets_a_run_be_prolonged() -> None:
    constant, cosine = (
        parse_plan(f"{{datasets: [d], schedule: {kind}}}", "file").held()
        for kind in ("constant", "cosine")
    )
    assert "steps" not in constant
    assert cosine["steps"] == 100_000

"""The training file: what it may say, and what is said of mistakes in it."""

from pathlib import Path

import pytest

from codecpipe.errors import InputError
from enhancers.methods import METHODS
from enhancers.srfr.plan import SrfrPlan
from enhancers.training.plan import Planes, TrainingPlan
from enhancers.training.plan import parse_plan as parse_plan_of
from enhancers.training.plan import read_plan as read_plan_of

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


def parse_plan(text: str, where: str) -> TrainingPlan:
    return parse_plan_of(text, where, METHODS)


def read_plan(path: Path) -> TrainingPlan:
    return read_plan_of(path, METHODS)


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


def test_a_file_without_a_method_is_for_the_first_one() -> None:
    assert parse_plan("datasets: [data]", "file").method == "crs"


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
        ("{datasets: [d], batch: 0}", "but input should be greater"),
        ("{datasets: [d], patch: 20}", "but input should be a multiple of 8"),
        (
            "{datasets: [d], variant: huge}",
            "no variant 'huge': choose one of full, small, tiny",
        ),
        ("{datasets: [d], planes: [y, y]}", "names one twice"),
        ("{datasets: [d], planes: y, steps: {uv: 3}}", "'steps' must name the same planes"),
        ("{datasets: [d], validation: {crop: 64, evry: 3}}", "'validation.evry' is not a key"),
        ("{datasets: [d], ema: 1}", "but input should be less than 1"),
        ("{datasets: [d], method: edvr}", "there is no method 'edvr': choose one of crs, srfr"),
        ("{datasets: [d], planes: rgb}", "crs restores y and uv"),
        ("{datasets: [d], freeze: align}", "'freeze' is not a key of a training file"),
        ("{datasets: [d], unroll_from: 3}", "'unroll_from' is not a key of a training file"),
        ("{datasets: [d], method: srfr, planes: [y, rgb]}", "names rgb, which is all of them"),
        ("{datasets: [d], method: srfr, thaw_at: 3}", "add it to 'freeze'"),
        ("{datasets: [d], method: srfr, freeze: tail}", "freeze"),
        (
            "{datasets: [d], method: srfr, freeze: [align, fusion, features, reconstruct]}",
            "nothing would train",
        ),
    ],
)
def test_mistakes_are_named(text: str, said: str) -> None:
    with pytest.raises(InputError, match=r"^'file'") as caught:
        parse_plan(text, "file")
    assert said in str(caught.value)


def test_a_constant_rate_lets_a_run_be_prolonged() -> None:
    constant, cosine = (
        parse_plan(f"{{datasets: [d], schedule: {kind}}}", "file").fixed_settings()
        for kind in ("constant", "cosine")
    )
    assert "steps" not in constant
    assert cosine["steps"] == 100_000


def test_short_form_of_freeze() -> None:
    found = parse_plan("{datasets: d, method: srfr, freeze: align, thaw_at: 3}", "file")
    assert isinstance(found, SrfrPlan)
    assert (found.freeze, found.thaw_at, found.unroll_from) == (("align",), 3, 0)


@pytest.mark.parametrize("file", sorted(BENCHMARKS.glob("*_train_*.yaml")), ids=lambda p: p.stem)
def test_files_that_come_along(file: Path) -> None:
    """They are of the schema, and their networks can be made."""
    found = read_plan(file)
    assert METHODS[found.method].config(found.variant, **found.network).multiple
    if isinstance(found, SrfrPlan):
        assert all(found.unroll_from <= found.steps_of(planes) for planes in found.planes)


def test_the_papers_two_stages() -> None:
    """SRFR, Section 4.1: 600,000 steps each, Adam at 4e-4, patches of 256 at full size, batch 4."""
    first, second = (read_plan(BENCHMARKS / f"srfr_train_full_stage{n}.yaml") for n in (1, 2))
    for stage in (first, second):
        assert (stage.steps, stage.learning_rate, 2 * stage.patch) == (600_000, 4e-4, 256)
        assert (stage.batch, stage.loss) == (4, "charbonnier")
    assert isinstance(first, SrfrPlan)
    assert isinstance(second, SrfrPlan)
    assert first.network == {"without": ["MTA", "IQEM"]}
    assert (second.freeze, second.network) == (("align",), {})
    assert second.init is not None
    assert first.unroll_from == 600_000
    assert second.thaw_at == second.unroll_from == 500_000

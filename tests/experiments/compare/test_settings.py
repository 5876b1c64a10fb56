"""Two runs compared: what differs in their settings."""

from kits.runs import meta_of, source

from experiments.compare.settings import Difference, differences


def test_what_means_the_same_is_no_difference():
    spelled = {
        "layouts": [{"layout": "crs", "name": "mine", "scale": 2.0}, {"layout": "anchor"}],
        "codecs": [{"preset": "fast", "codec": "x265"}],
        "qps": [27, 32, 37, 42],
        "name": "two",
    }
    assert differences(meta_of(), meta_of(spelled)) == ()


def test_settings_that_differ_are_named_one_by_one():
    change = {
        "layouts": [{"layout": "crs", "name": "mine", "gop_s": 2}, {"layout": "uniform"}],
        "qps": [22, 27],
        "enhancers": ["lanczos", {"enhancer": "bicubic"}],
    }
    found = {(d.key, d.a, d.b) for d in differences(meta_of(), meta_of(change))}
    assert found == {
        ("qps", "27, 32, 37, 42", "22, 27"),
        ("layout mine: gop_s", "–", "2"),
        ("layout anchor", "there", "–"),
        ("layout uniform k2 δ5", "–", "there"),
        ("enhancer bicubic", "–", "there"),
    }


def test_versions_machine_commit_and_sources():
    a = meta_of(versions={"x265": "3", "numpy": "2"}, machine={"cores": "2"}, git_commit="abc")
    b = meta_of(versions={"x265": "4", "numpy": "2"}, machine={"cores": "8"}, git_commit=None)
    a["sources"], b["sources"] = {"s": source("one")}, {"s": source("two")}
    assert [(d.section, d.key) for d in differences(a, b)] == [
        ("versions", "x265"),
        ("machine", "cores"),
        ("git", "commit"),
        ("sources", "s"),
    ]
    b["sources"] = {"s": f"elsewhere/{source('one')}"}
    assert "sources" not in {d.section for d in differences(a, b)}


def test_of_command_lines_only_what_differs_is_shown_and_equal_changes_once():
    def lines(preset, keyint):
        words = "ffmpeg -i pipe: -preset {} -x265-params qp=3:keyint={}:info=0 x.hevc"
        return {
            "encoder_command_lines": {
                "anchor": words.format(preset, keyint),
                "crs": words.format(preset, keyint),
                "alone in " + preset: "x",
            }
        }

    found = differences(meta_of(**lines("fast", 8)), meta_of(**lines("slow", 16)))
    assert found == (
        Difference(
            "encoder", "anchor, and 1 more", "-preset fast keyint=8", "-preset slow keyint=16"
        ),
    )


def test_an_experiment_of_another_version_is_compared_as_written():
    keys = {d.key for d in differences(meta_of(), meta_of({"colour": "red"}))}
    assert {"not of this version", "colour"} <= keys

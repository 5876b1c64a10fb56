"""YAML files of a user: the one sentence that says which entry is wrong."""

from pathlib import Path

import pytest

from codecpipe.errors import InputError
from codecpipe.yaml_file import Part, parse_model, read_model


class Range(Part):
    first: int
    last: int


class Item(Part):
    name: str | None = None
    at: tuple[int, ...] | Range = ()


class Box(Part):
    items: tuple[Item, ...]
    size: int = 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "'f': 'items' is missing: add it"),
        ("[]", "'f' is not a box: it has no 'items:'"),
        ("{items: 3}", "'f': 'items' is not a list: write it as [a, b]"),
        ("{items: [3]}", "'f': 'items.0' has no keys: write it as {key: value}"),
        ("{items: [{nam: a}]}", "'f': 'items.0.nam' is not a key of a box"),
        ("{items: [{name: a, x: 1}]}", "'f': 'items.a.x' is not a key of a box"),
        ("{items: [{at: {first: 1}}]}", "'f': 'items.0.at"),
        ("{items: [{at: {first: 1, last: 2, x: 3}}]}", "'f': 'items.0.at.x' is not a key of"),
        ("{items: [], size: big}", "'f': 'size' is 'big', but input should be a valid integer"),
        ("{items: [],\n\tsize: 1}", "'f' is not valid YAML in line 2: correct it"),
    ],
)
def test_the_entry_is_named(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_model(text, Box, "a box", "f")
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "box.yaml"
    path.write_text("items: [{name: a, at: [1, 2]}]")
    assert read_model(path, Box, "a box").items[0].at == (1, 2)
    with pytest.raises(InputError, match="cannot be read"):
        read_model(tmp_path / "none.yaml", Box, "a box")

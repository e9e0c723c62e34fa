"""What import-linter cannot see: string foreign keys, doors for writes, names of rooms."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db.models import ForeignKey, ManyToManyField, OneToOneField

from disclosure import requirements

ROOT = Path(__file__).resolve().parent.parent
#: Left may point right, as in pyproject.toml.
ROOMS = ["portal", "interpretation", "disclosure", "catalog", "agencies", "workdays"]
CODE = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts]


def _room(model) -> str | None:
    name = model.__module__.split(".")[0]
    return name if name in ROOMS else None


def _links():
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            if isinstance(field, ForeignKey | OneToOneField | ManyToManyField) and _room(model):
                yield model, field


def test_foreign_keys_point_the_way_imports_run():
    links = list(_links())
    wrong = [
        f"{model.__name__}.{field.name} -> {field.related_model.__name__}"
        for model, field in links
        if _room(field.related_model) and ROOMS.index(_room(model)) > ROOMS.index(_room(field.related_model))
    ]
    assert len(links) > 30
    assert wrong == []


def test_every_room_with_models_is_named_in_the_contract():
    named = {
        config.name.split(".")[0]
        for config in apps.get_app_configs()
        if Path(config.path).is_relative_to(ROOT)
    }
    installed = {name for name in named if (ROOT / name).is_dir() and ".venv" not in name}
    assert installed == set(ROOMS)


def test_no_room_for_odds_and_ends():
    forbidden = {"core", "common", "utils", "helpers", "lib"}
    found = [
        path.relative_to(ROOT) for path in CODE if forbidden & {path.stem, *path.relative_to(ROOT).parts}
    ]
    assert found == []


def test_public_views_never_start_from_all_rows():
    """A public page starts from `.published()` or `.tombstones()`, never from `.all()`; `.offline()` tells
    only that there was something (`tests/portal/test_every_output.py`), `.merged_away()` only where
    it leads."""
    public = ("Document", "Interpretation", "Item", "Agency")
    allowed = {"published", "tombstones", "offline", "merged_away", "root", "none"}
    offences = []
    for path in [*(ROOT / "portal" / "views").rglob("*.py"), *(ROOT / "portal" / "api").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)):
                continue
            manager, model = node.value, node.value.value
            is_public = manager.attr == "objects" and isinstance(model, ast.Name) and model.id in public
            if is_public and node.attr not in allowed:
                offences.append(f"{path.name}:{node.lineno} {model.id}.objects.{node.attr}")
    assert offences == []


def test_start_up_fails_while_a_required_check_is_missing(monkeypatch):
    requirements.assert_complete()
    monkeypatch.setattr(requirements, "_checks", {})
    with pytest.raises(ImproperlyConfigured, match="interpretation"):
        requirements.assert_complete()


def test_migrations_have_names():
    found = [path.name for room in ROOMS for path in (ROOT / room).rglob("migrations/0*.py")]
    assert len(found) >= 6
    assert [name for name in found if "_auto_" in name] == []

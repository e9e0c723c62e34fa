"""Documents that lie are worse than none: what can be looked up in the code is looked up here."""

import importlib
import re
import struct
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import django
import pytest
from django.apps import apps
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
MANUAL = ROOT / "docs" / "manual.zh.md"
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
RESERVED_TITLE = "## Names kept for rooms to come"
CODE_FOLDERS = (
    "portal",
    "interpretation",
    "disclosure",
    "catalog",
    "agencies",
    "workdays",
    "deploy",
    "templates",
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE_SPAN = re.compile(r"`([^`\n]+)`")
#: A code span that names a file or folder of this project: a slash, and an ending or a slash at the end.
PROJECT_PATH = re.compile(r"[a-z_.][\w.-]*/(?:[\w.-]+/)*(?:[\w-]+\.[a-z]+)?")
COMMAND = re.compile(
    r"manage\.py ([a-z_]+)|`((?:import|export|load|make)_[a-z]+|reindex|prepare|serve|bench)\b"
)


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|--")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[0] != "term"]


def _code_names() -> list[str]:
    built = GLOSSARY.partition(RESERVED_TITLE)[0]
    return [name for row in _rows(built) for name in CODE_SPAN.findall(row[2])]


def _resolve(name: str) -> object:
    """Import the longest part that is a module, then walk the attributes; raises when one is missing."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[length:]:
            found = getattr(found, attribute)
        return found
    raise ModuleNotFoundError(name)


@pytest.mark.parametrize("name", _code_names())
def test_glossary_names_what_the_code_calls_it(name):
    assert _resolve(name) is not None


def test_every_row_of_the_glossary_has_its_code_name():
    rows = _rows(GLOSSARY.partition(RESERVED_TITLE)[0])
    assert len(rows) > 50
    assert [row for row in rows if len(row) != 3 or not CODE_SPAN.search(row[2])] == []


def test_names_kept_for_rooms_to_come_are_not_built_yet():
    reserved = {name for row in _rows(GLOSSARY.partition(RESERVED_TITLE)[2]) for name in row[2].split(", ")}
    assert "DisclosureRequest" in reserved
    assert reserved & {model.__name__ for model in apps.get_models()} == set()


def test_readme_is_short_and_names_the_two_commands():
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) < 60
    assert "make run" in text
    assert "make test" in text
    for name in ("DATABASE_URL", "PORT", "DATA_DIR"):
        assert name in text


def test_readme_picture_is_a_png_of_1280_pixels_and_small():
    data = (ROOT / "docs" / "picture.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", data[16:20])[0] == 1280
    assert len(data) <= 250 * 1024


@pytest.mark.parametrize("path", DOCS, ids=_relative)
def test_relative_links_resolve(path):
    links = [link for link in LINK.findall(path.read_text("utf-8")) if "://" not in link]
    targets = [(link, path.parent / unquote(link.partition("#")[0])) for link in links if link[0] != "#"]
    assert [link for link, target in targets if not target.exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=_relative)
def test_files_and_folders_that_are_named_exist(path):
    named = [span for span in CODE_SPAN.findall(path.read_text("utf-8")) if PROJECT_PATH.fullmatch(span)]
    made_at_run_time = ("var/", "keys/")
    here = [span for span in named if not span.startswith(made_at_run_time)]
    assert [span for span in here if not (ROOT / span).exists()] == []


def test_files_that_the_code_points_to_exist():
    pattern = re.compile(r"docs/[\w/.-]+\.md")
    sources = [path for folder in CODE_FOLDERS for path in (ROOT / folder).rglob("*.py")]
    named = {(_relative(path), name) for path in sources for name in pattern.findall(path.read_text("utf-8"))}
    assert [pair for pair in sorted(named) if not (ROOT / pair[1]).exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=_relative)
def test_commands_that_are_named_exist(path):
    named = {name for pair in COMMAND.findall(path.read_text("utf-8")) for name in pair if name}
    assert named - get_commands().keys() == set()


def test_some_commands_are_named_at_all():
    named = {name for path in DOCS for pair in COMMAND.findall(path.read_text("utf-8")) for name in pair}
    assert {"serve", "import_catalog", "export_catalog", "import_documents", "reindex"} <= named


@pytest.mark.parametrize("path", DOCS, ids=_relative)
def test_no_path_of_a_machine_and_no_address_of_an_index(path):
    text = path.read_text("utf-8")
    assert re.findall(r"/(?:home|root|work|Users|tmp)/\S*", text) == []
    assert [url for url in re.findall(r"https?://[^\s)`]+", text) if "127.0.0.1:8000" not in url] == []


def _variables_read() -> set[str]:
    """Names that settings, serving and bootstrap read out of the environment."""
    files = ("portal/settings.py", "portal/serving.py", "deploy/bootstrap.py", "deploy/chromium.py")
    read = re.compile(r"""(?:environ\.get\(|environ\[|_required\(|VARIABLE = )"([A-Z_]+)\"""")
    return {name for file in files for name in read.findall((ROOT / file).read_text("utf-8"))}


def test_sample_environment_lists_every_variable_and_no_other():
    sample = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE))
    ours = _variables_read() - {"MAKELEVEL", "PATH", "STOP_WITH_PARENT"}  # between make, the system and us
    assert sample == ours


def test_decisions_are_numbered_without_a_gap():
    assert [path.name[:4] for path in ADRS] == [f"{number:04d}" for number in range(1, len(ADRS) + 1)]
    assert len(ADRS) >= 7


@pytest.mark.parametrize("path", ADRS, ids=_relative)
def test_decisions_have_their_three_headings_on_one_page(path):
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith(f"# {int(path.name[:4])}. ")
    assert [line for line in lines if line.startswith("## ")] == [
        "## Context",
        "## Decision",
        "## Consequences",
    ]
    assert len(lines) <= 60


def _plain(text: str) -> str:
    """Without the difference between full-width and half-width punctuation."""
    return unicodedata.normalize("NFKC", text)


def _words_of_the_screens() -> str:
    """All that our code and templates can say, and what Django's own Chinese says."""
    sources = [
        p for folder in CODE_FOLDERS for kind in ("*.py", "*.html") for p in (ROOT / folder).rglob(kind)
    ]
    packages = Path(django.__file__).parent
    sources += packages.glob("**/locale/zh_Hans/LC_MESSAGES/django.po")
    sources += packages.parent.glob("import_export/locale/zh_Hans/LC_MESSAGES/django.po")
    return _plain("\n".join(path.read_text("utf-8") for path in sources))


def test_words_that_the_manual_quotes_stand_on_the_screens():
    """「…」 in the handbook is what a button, a field, a heading or a message says, word for word."""
    quoted = set(re.findall(r"「([^「」]+)」", MANUAL.read_text("utf-8")))
    screens = _words_of_the_screens()
    assert len(quoted) > 40
    assert sorted(words for words in quoted if _plain(words) not in screens) == []


def test_manual_has_a_chapter_for_each_task():
    text = MANUAL.read_text("utf-8")
    for task in ("登录", "今天要办", "文件", "解读", "审核", "导入", "导出", "工作日历", "单位", "用户"):
        assert re.search(rf"^## .*{task}", text, re.MULTILINE), task

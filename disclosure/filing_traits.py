"""Topic (主题分类), stage (五公开), column (栏目) and genre (体裁) that a title suggests. No Django."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from disclosure import topics as classes
from disclosure.filing_text import fold
from disclosure.filing_words import STAGE_CUES, TOPIC_OF_FIELD, TOPIC_WORDS

HIGH, MIDDLE, LOW = "高", "中", "低"
#: Best first, and two alternatives.
SHOWN = 3
#: Characters of a body in which words of a topic are looked for.
_BEGINNING = 800

V = TypeVar("V")

_WORDS = {word: code for code, words in TOPIC_WORDS.items() for word in words.split()}
_WORD = re.compile("|".join(map(re.escape, sorted(_WORDS, key=len, reverse=True))))
_STAGES = {"decision": "决策", "execution": "执行", "management": "管理", "service": "服务", "result": "结果"}
_GENRES = (
    "决议",
    "决定",
    "命令",
    "公报",
    "公告",
    "通告",
    "意见",
    "通知",
    "通报",
    "报告",
    "请示",
    "批复",
    "议案",
    "函",
    "纪要",
)
_GENRE = re.compile(rf"({'|'.join(_GENRES)})(?:[（(《].*)?$")
_TAIL = re.compile("[（(][^（）()]*[）)]$")


@dataclass(frozen=True)
class Suggestion(Generic[V]):
    """One suggestion with its reason in plain words, how sure it is (高/中/低) and its score."""

    value: V
    reason: str
    confidence: str
    score: float = 0.0


class _Tally:
    """Scores of classes; of each the reason that counted most."""

    def __init__(self) -> None:
        self.scores: dict[str, float] = defaultdict(float)
        self.reasons: dict[str, tuple[float, str]] = {}

    def add(self, code: str | None, score: float, reason: str) -> None:
        """Count a reason; none for no code."""
        if code is None:
            return
        self.scores[code] += score
        self.reasons[code] = max(self.reasons.get(code, (0.0, "")), (score, reason))


def topics(
    *,
    title: str,
    keywords: Sequence[str],
    opening: str,
    literal: str,
    kind: str,
    field_slug: str,
    field_name: str,
    earlier: Iterable[tuple[str, str, float]],
    names: Mapping[str, str],
) -> list[Suggestion[str]]:
    """Return codes of topic classes, best first; only such as `names` holds.

    `title` is what the title is about, `literal` the class as an archive wrote it, `earlier` papers with
    nearly this title: (code, when, how alike).
    """
    tally = _Tally()
    for code, when, share in earlier:
        tally.add(code, 2.2 * share if code not in tally.scores else 0.2, f"题目相同的文件{when}归在这一类")
    if literal:
        tally.add(classes.code_for(literal), 2.5, f"来源写明的分类是「{literal}」")
    if kind in {"guide", "annual_report"} and "信息公开" in title:
        tally.add("0201", 2.0, "这是政府信息公开的指南或年度报告")
    for word, score, reason in _told(title, keywords, opening):
        tally.add(_WORDS[word], score, reason)
    tally.add(TOPIC_OF_FIELD.get(field_slug), 0.9, f"事项属于「{field_name}」领域")
    return _ranked(tally, names)


def _told(title: str, keywords: Sequence[str], opening: str) -> Iterator[tuple[str, float, str]]:
    """Yield (word, score, reason) for each word of a class: in the title, else a keyword, else the body."""
    seen: set[str] = set()
    for match in _WORD.finditer(title):
        word = match[0]
        if word not in seen:
            seen.add(word)
            yield word, 0.45 + 0.2 * min(len(word), 5), f"标题里有「{word}」"
    for word in map(fold, keywords):
        if word in _WORDS and word not in seen:
            seen.add(word)
            yield word, 0.5, f"主题词里有「{word}」"
    for word, count in _counted(fold(opening[:_BEGINNING])).items():
        if word not in seen:
            yield word, min(0.12 * count, 0.35), f"正文里有「{word}」"


def _counted(text: str) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for match in _WORD.finditer(text):
        found[match[0]] += 1
    return found


def _ranked(tally: _Tally, names: Mapping[str, str]) -> list[Suggestion[str]]:
    worth = [(code, score) for code, score in tally.scores.items() if score >= 0.3]
    known = [(code, score) for code, score in worth if not names or code in names]
    ranked = sorted(known, key=lambda pair: (-pair[1], pair[0]))[: SHOWN + 1]
    found = []
    for place, (code, score) in enumerate(ranked[:SHOWN]):
        following = ranked[place + 1][1] if place + 1 < len(ranked) else 0.0
        sure = place == 0 and score >= 1.6 and score - following >= 0.5
        confidence = HIGH if sure else MIDDLE if score >= 0.9 else LOW
        found.append(Suggestion(code, tally.reasons[code][1], confidence, round(score, 3)))
    return found


def stages(*, title: str, item_name: str, item_stage: str) -> list[Suggestion[str]]:
    """Return stages of the 五公开: the title's own sure sign first, then the item's, then a mere hint."""
    found: dict[str, Suggestion[str]] = {}
    cues = [(match[0], stage, sure) for cue, stage, sure in STAGE_CUES if (match := cue.search(title))]
    for words, stage, sure in cues:
        if sure:
            found.setdefault(stage, Suggestion(stage, f"标题里有「{_short(words)}」", HIGH, 1.0))
            break
    if item_stage in _STAGES:
        reason = f"事项「{item_name}」属于{_STAGES[item_stage]}公开"
        found.setdefault(item_stage, Suggestion(item_stage, reason, HIGH if not found else MIDDLE, 0.9))
    for words, stage, _sure in cues:
        confidence = MIDDLE if not found else LOW
        found.setdefault(stage, Suggestion(stage, f"标题里有「{_short(words)}」", confidence, 0.5))
    return list(found.values())[:SHOWN]


def _short(words: str) -> str:
    bare = words.strip("》（(")
    return bare if len(bare) <= 8 else f"{bare[:4]}…{bare[-2:]}"


def columns(*, title: str, number: str, kind: str) -> list[Suggestion[str]]:
    """Return the kind (类型) that puts a document into its column (栏目) of the public site."""
    if re.search("信息公开.{0,8}(?:年度报告|年报)|(?:年度报告|年报).{0,8}信息公开", title):
        return [Suggestion("annual_report", "标题是政府信息公开工作年度报告，列在「年度报告」", HIGH, 1.0)]
    if re.search("信息公开.{0,4}(?:指南|指引)", title):
        return [Suggestion("guide", "标题是信息公开指南，列在「公开指南」", HIGH, 1.0)]
    by_genre = bool(_GENRE.search(_TAIL.sub("", title)))
    if (
        re.search(
            "(?:办事|办理|申请|申报|申领|服务|就诊|入学|报名)(?:指南|指引|流程|须知)|指南(?:[（(].*)?$", title
        )
        and not by_genre
    ):
        return [
            Suggestion("guide", "标题是办事指南或者流程", MIDDLE, 0.8),
            Suggestion("document", "也可以作为一般文件", LOW, 0.3),
        ]
    bare = _TAIL.sub("", title)
    if re.search("信息(?:主动)?公开.{0,16}(?:制度|规定|办法|条例)", bare) and not by_genre:
        return [Suggestion("regulation", "标题是信息公开制度，列在「公开制度」", HIGH, 1.0)]
    if re.search("(?:条例|规定|办法|细则|规则|法|制度)$", bare) and "关于印发" not in title:
        sure = bool(re.search("令", number) or bare.endswith(("条例", "法")))
        return [
            Suggestion("regulation", f"标题以「{bare[-2:]}」结尾，是法规制度", HIGH if sure else MIDDLE, 0.8),
            Suggestion("document", "也可以作为一般文件，列在「政策文件」", LOW, 0.3),
        ]
    reason = "有发文字号，列在「政策文件」" if number else "一般文件，列在「政策文件」"
    return [Suggestion("document", reason, HIGH if number or by_genre else MIDDLE, 0.8)]


def genres(*, title: str, genre: str) -> list[Suggestion[str]]:
    """Return the genre (体裁) in which a title ends; the one that stands stays."""
    if genre:
        return [Suggestion(genre, "原来就有", HIGH, 1.0)]
    match = _GENRE.search(_TAIL.sub("", title))
    if match is None:
        return []
    return [Suggestion(match[1], f"标题以「{match[1]}」结尾", HIGH, 1.0)]

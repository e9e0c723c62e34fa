"""Which field (领域) a table belongs to: read from its caption or its sheet's name, through the aliases."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_NOISE = re.compile(
    r"[\s\d.、()（）\[\]【】_\-—:：,，]+|附件|附表|试行|修订版?|^第?[一二三四五六七八九十]+[、.]"
)
# These end in words that are aliases by chance: 人民政府 holds 民政.
_GOVERNMENT = re.compile(r"人民政府|街道办事处|办公室")
_LEADING_NUMBER = re.compile(r"^[(（]?[\d一二三四五六七八九十]+[)）.、]*")
# Catalogs that are not divided into fields say so in their own words; 民政局 in front names no field there.
_CALLS_ITSELF_BASIC = re.compile(r"基本目录|村(?:\(居\)|居|级)?(?:事)?务?公开|居务公开|社区公开")
_ORGAN_BEFORE = re.compile(
    r"(?:[局委办院镇乡县区市所站处会]|政府|街道|中心)(?:政府信息|政务信息|信息|政务)?$"
)
_TITLE = re.compile(r"基层|政务公开|信息公开|标准目录|[(（]")
_OF_CATALOG = re.compile(r"(?:领域|方面|事项)?(?:基层)?(?:政务|政府信息|信息)?(?:主动)?公开|标准目录|目录")


@dataclass(frozen=True, slots=True)
class KnownField:
    """A field as the reader needs it."""

    slug: str
    name: str
    aliases: tuple[str, ...] = ()
    catalog: str = "standard"  # `catalog.states.CatalogKind`: others are one field each

    @property
    def names(self) -> tuple[str, ...]:
        """The name and all aliases."""
        return (self.name, *self.aliases)


class FieldIndex:
    """The known fields, by name and alias."""

    def __init__(self, fields: Iterable[KnownField]) -> None:
        self.fields = tuple(fields)
        self.by_slug = {known.slug: known for known in self.fields}
        self._by_name: dict[str, KnownField] = {}
        for known in self.fields:
            for name in known.names:
                self._by_name.setdefault(_fold(name), known)

    def exact(self, text: str) -> KnownField | None:
        """The field that bears exactly this name (领域 at its end, numbers and brackets do not count)."""
        folded = _fold(_NOISE.sub("", text))
        return self._by_name.get(folded) or self._by_name.get(folded.removesuffix("领域"))

    def of_caption(self, caption: str) -> KnownField | None:
        """The field that a caption names: 「石城县社会救助领域基层政务公开标准目录」."""
        text = _fold(caption)
        before, found, after = text.partition("领域")
        if found:
            if known := self._longest(lambda name: before.endswith(name)):
                return known
            if bracketed := re.match(r"[(（](.+?)[)）]", after):
                return self.exact(bracketed.group(1))
        if own := self._whole_catalog(text):
            return own
        body = _GOVERNMENT.sub("", text)
        if match := _OF_CATALOG.search(body):
            body = body[: match.start()] or body
        return self._longest(lambda name: name in body)

    def _whole_catalog(self, text: str) -> KnownField | None:
        """The catalog that is one field: 「青澜县民政局主动公开基本目录」, 「柳湾村村务公开目录」. Without
        the word 基本 only behind an organ's name: 义务教育主动公开目录 is a field's."""
        names = [
            name for name, known in self._by_name.items() if known.catalog != "standard" and name in text
        ]
        if not names:
            return None
        longest = max(names, key=len)
        before = text[: text.index(longest)]
        if _CALLS_ITSELF_BASIC.search(text) or not before or _ORGAN_BEFORE.search(before):
            return self._by_name[longest]
        return None

    def of_sheet(self, name: str) -> KnownField | None:
        """The field that a sheet's name names: "15.社会救助领域", "食药监管" is none."""
        return self.exact(name) or self.of_caption(_GOVERNMENT.sub("", name))

    def nearest(self, text: str, limit: int = 3) -> list[KnownField]:
        """The fields whose names come nearest to a text, best first."""
        # A slug (--field jiuyee) keeps its hyphens.
        folded = text if text.isascii() else _fold(_NOISE.sub("", text)).replace("领域", "")
        folded = _OF_CATALOG.sub("", folded) or folded
        scored = [
            (max(_likeness(folded, _fold(name)) for name in (*known.names, known.slug)), -index, known)
            for index, known in enumerate(self.fields)
        ]
        return [known for _score, _index, known in sorted(scored, key=lambda s: s[:2], reverse=True)[:limit]]

    def _longest(self, accepts: object) -> KnownField | None:
        names = [name for name in self._by_name if accepts(name)]  # type: ignore[operator]
        if not names:
            return None
        longest = max(names, key=len)
        found = {self._by_name[name].slug for name in names if len(name) == len(longest)}
        # Two fields named by words of equal length: guessing would file a catalog under the wrong one.
        return self._by_name[longest] if len(found) == 1 else None


def owner_of(caption: str, known: KnownField) -> str:
    """What a caption names before the field: 「（19）青澜县民政局社会救助领域…」 -> 青澜县民政局."""
    before = _fold(caption).partition("领域")[0]
    for name in sorted(known.names, key=len, reverse=True):
        if before.endswith(_fold(name)):
            owner = _LEADING_NUMBER.sub("", before.removesuffix(_fold(name)))
            return _TITLE.split(owner)[0]  # 「临江镇标准目录（社会救助领域）」: the title comes first
    return ""


def _fold(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text or ""))


def _likeness(text: str, name: str) -> float:
    match = difflib.SequenceMatcher(None, text, name, autojunk=False)
    longest = match.find_longest_match().size
    return longest / max(1, len(name)) + match.ratio()

"""内容要素 of an interpretation (DOMAIN §5): what was said where, and whether enough was. Pure."""

from __future__ import annotations

from collections.abc import Mapping

#: Code -> name, in the order in which people ask. Union of what counties require.
ELEMENTS: dict[str, str] = {
    "background": "背景依据",
    "aims": "目标任务",
    "content": "主要内容",
    "measures": "具体举措、执行标准",
    "audience": "适用对象、范围",
    "procedure": "办理流程",
    "cautions": "注意事项",
    "terms": "关键词解释",
    "changes": "新旧政策差异",
    "benefits": "惠企利民举措及享受条件",
    "next_steps": "后续工作考虑",
    "agency": "解读机关、联系人电话",
}
NOT_APPLICABLE = "不适用"
LONGEST = 100


def problems(elements: Mapping[str, str]) -> list[str]:
    """Sentences on values that cannot stand."""
    unknown = elements.keys() - ELEMENTS.keys()
    found = [f"没有「{name}」这个内容要素，请刷新页面重新填写。" for name in sorted(unknown)]
    for code, where in elements.items():
        label = ELEMENTS.get(code, code)
        if not isinstance(where, str) or not where.strip():
            found.append(f"内容要素「{label}」：请写明在正文哪里，或者选「不适用」。")
        elif len(where) > LONGEST:
            found.append(f"内容要素「{label}」：位置最多{LONGEST}个字，例如：第二部分。")
    return found


def shown(elements: Mapping[str, str]) -> list[tuple[str, str]]:
    """(name, where) of each element that was said anything of, in order."""
    return [(name, elements[code]) for code, name in ELEMENTS.items() if elements.get(code)]


def thin(elements: Mapping[str, str]) -> str:
    """A sentence of warning where fewer than half of the elements that apply are covered; else empty."""
    apply = [code for code in ELEMENTS if elements.get(code) != NOT_APPLICABLE]
    covered = [code for code in apply if elements.get(code)]
    if 2 * len(covered) >= len(apply):
        return ""
    missing = "、".join(ELEMENTS[code] for code in apply if code not in covered)
    return (
        f"内容要素只写了{len(covered)}项（适用的有{len(apply)}项），还没有：{missing}。"
        "写了的请在「内容要素」里勾上位置，确实用不着的选「不适用」。"
    )

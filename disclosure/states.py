"""States of a published thing and the moves between them, as data; `interpretation/` uses the same table."""

from dataclasses import dataclass

from django.db import models


class Publication(models.TextChoices):
    """Where a document or an interpretation stands between draft and public record."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审核"
    SCHEDULED = "scheduled", "待公开"
    PUBLISHED = "published", "已公开"
    WITHDRAWN = "withdrawn", "已撤下"
    OFFLINE = "offline", "已紧急下线"
    #: A correction draft (更正稿) whose words now stand in the document that it corrects.
    APPLIED = "applied", "已更正到原文"
    #: The same document posted twice: this posting leads to the other.
    MERGED = "merged", "已合并"
    PURGED = "purged", "已封存清除"


@dataclass(frozen=True)
class Move:
    """A move allowed from one of `sources` to `target`; `label` is the button's word."""

    name: str
    label: str
    sources: frozenset[Publication]
    target: Publication


MOVES: dict[str, Move] = {
    move.name: move
    for move in (
        Move("submit", "提交审核", frozenset({Publication.DRAFT}), Publication.SUBMITTED),
        Move("recall", "收回", frozenset({Publication.SUBMITTED}), Publication.DRAFT),
        Move("send_back", "退回修改", frozenset({Publication.SUBMITTED}), Publication.DRAFT),
        Move("agree", "同意，交下一步", frozenset({Publication.SUBMITTED}), Publication.SUBMITTED),
        Move("approve", "签发并公开", frozenset({Publication.SUBMITTED}), Publication.PUBLISHED),
        Move("schedule", "签发，定时公开", frozenset({Publication.SUBMITTED}), Publication.SCHEDULED),
        Move("hold", "暂缓公开", frozenset({Publication.SCHEDULED}), Publication.DRAFT),
        Move(
            "withdraw",
            "撤下",
            frozenset({Publication.PUBLISHED, Publication.OFFLINE}),
            Publication.WITHDRAWN,
        ),
        # The page that a withdrawal leaves shows the title: that too may be what must not be seen.
        Move(
            "take_offline",
            "紧急下线",
            frozenset({Publication.PUBLISHED, Publication.WITHDRAWN}),
            Publication.OFFLINE,
        ),
        Move("restore", "恢复公开", frozenset({Publication.OFFLINE}), Publication.PUBLISHED),
    )
}


class PurgeState(models.TextChoices):
    """封存清除: proposed by one, done by another."""

    PROPOSED = "proposed", "等另一人确认"
    CANCELLED = "cancelled", "已取消"
    DONE = "done", "已清除"


class BatchState(models.TextChoices):
    """Where a batch of notices (批量发布) stands; its members have states of their own."""

    COLLECTING = "collecting", "整理中"
    WORKING = "working", "正在办理"
    SUBMITTED = "submitted", "待审核"
    DONE = "done", "已办结"


class Lane(models.TextChoices):
    """Which way a thing goes through review: short notices as light as a message, policy in full ceremony."""

    NOTICE = "notice", "短信息（公告、动态、名单）"
    ORDINARY = "ordinary", "一般信息"
    POLICY = "policy", "政策文件"


class ReviewLevel(models.TextChoices):
    """The steps of 三审 with the secrecy check (保密审查, 条例 17条; DOMAIN §6.7)."""

    FIRST = "first", "初审"
    SECOND = "second", "复审"
    SECRECY = "secrecy", "保密审查"
    FINAL = "final", "终审签发"


class StepOutcome(models.TextChoices):
    """What became of a step. 作废: a later return or a recall made it void."""

    WAITING = "waiting", "待办"
    AGREED = "agreed", "同意"
    RETURNED = "returned", "退回"
    VOID = "void", "作废"


class StepChannel(models.TextChoices):
    """How a step was done: leaders in a county do not log in to systems."""

    SYSTEM = "system", "系统内"
    PHONE = "phone", "手机"
    PAPER = "paper", "纸质"


class OwnerWord(models.TextChoices):
    """What the signer said afterwards of a step that somebody else handed on (以我的名义签过的)."""

    MINE = "mine", "本人已确认"
    NOT_MINE = "not_mine", "本人说不是自己签的"


#: Who does which steps where a county has said nothing else (三审三校; DOMAIN §6.7): planted as rows.
STANDARD_ROUTES: dict[Lane, tuple[ReviewLevel, ...]] = {
    Lane.NOTICE: (ReviewLevel.FINAL,),
    Lane.ORDINARY: (ReviewLevel.FIRST, ReviewLevel.SECRECY, ReviewLevel.FINAL),
    Lane.POLICY: (ReviewLevel.FIRST, ReviewLevel.SECOND, ReviewLevel.SECRECY, ReviewLevel.FINAL),
}


class FindingKind(models.TextChoices):
    """What the scanner looks for before review (审前检查)."""

    MOBILE = "mobile", "手机号码"
    ID_NUMBER = "id_number", "身份证号码"
    BANK_CARD = "bank_card", "银行卡号"
    ADDRESS = "address", "家庭住址"
    NUMBER_TAKEN = "number_taken", "文号已用"
    DATE = "date", "成文日期"
    ATTACHMENT_MISSING = "attachment_missing", "缺附件"
    DEAD_LINK = "dead_link", "打不开的链接"
    UNREAD = "unread", "没有检查的附件"
    ATTACHMENT_UNMENTIONED = "attachment_unmentioned", "正文没提附件"
    NO_ALT = "no_alt", "图片没有文字说明"
    WRONG_WORD = "wrong_word", "常见错误表述"
    ABRIDGED = "abridged", "解读像是摘抄"


class Openness(models.TextChoices):
    """公开属性 (国办发〔2016〕80号): set when a document is drafted."""

    PROACTIVE = "proactive", "主动公开"
    ON_REQUEST = "on_request", "依申请公开"
    WITHHELD = "withheld", "不予公开"


class Ground(models.TextChoices):
    """Legal grounds for not disclosing on one's own motion (条例 14–16、36条; DOMAIN §1.11)."""

    STATE_SECRET = "E14a", "国家秘密（条例第十四条）"
    LAW_FORBIDS = "E14b", "法律、行政法规禁止公开（条例第十四条）"
    STABILITY = "E14c", "危及国家安全、公共安全、经济安全、社会稳定（条例第十四条）"
    THIRD_PARTY = "E15", "商业秘密、个人隐私等第三方合法权益（条例第十五条）"
    INTERNAL = "E16a", "内部事务信息（条例第十六条）"
    PROCESS = "E16b", "过程性信息（条例第十六条）"
    CASE_FILE = "E16c", "行政执法案卷信息（条例第十六条）"


class Validity(models.TextChoices):
    """有效性 (DOMAIN §4.6)."""

    IN_FORCE = "in_force", "现行有效"
    AMENDED = "amended", "已修改"
    EXPIRED = "expired", "失效"
    REPEALED = "repealed", "废止"
    NOT_APPLICABLE = "not_applicable", "不适用"
    #: Issued, and its day (施行日期) is to come: derived from the date alone, nobody says it.
    NOT_YET = "not_yet", "尚未施行"


#: What a person or an archive may say of a document.
SAID_VALIDITY = [(value.value, value.label) for value in Validity if value != Validity.NOT_YET]


class DocumentKind(models.TextChoices):
    """The kinds that `import_documents` and search tell apart."""

    DOCUMENT = "document", "文件"
    REGULATION = "regulation", "法规制度"
    GUIDE = "guide", "公开指南"
    ANNUAL_REPORT = "annual_report", "年度报告"


#: 体裁: the fifteen kinds of official paper (党政机关公文处理工作条例 8条), and 其他.
GENRES = [
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
    "其他",
]


class CoverageState(models.TextChoices):
    """How an item of the catalog stands against its own time limit; for staff alone."""

    OVERDUE = "overdue", "已过期限"
    DUE = "due", "即将到期"
    NEVER_PUBLISHED = "never_published", "从未公开"
    COVERED = "covered", "已公开"
    NONE_AROSE = "none_arose", "本年未产生"
    HELD_ELSEWHERE = "held_elsewhere", "在其他平台公开"
    ON_REQUEST = "on_request", "依申请公开"


class PublicCoverage(models.TextChoices):
    """What the public sees of it: never whether something is late."""

    CONTENT = "content", "有内容"
    NONE_AROSE = "none_arose", "本年未产生"
    ELSEWHERE = "elsewhere", "在其他平台公开"
    ON_REQUEST = "on_request", "依申请公开"
    EMPTY = "empty", "还没有内容"


class AddressState(models.TextChoices):
    """What the watch found at an address on another platform."""

    UNCHECKED = "unchecked", "还没有检查"
    OK = "ok", "打得开"
    DEAD = "dead", "打不开"


class Outlet(models.TextChoices):
    """Where else a published text goes (一稿多出; DOMAIN §5, other channels)."""

    WECHAT = "wechat", "微信公众号"
    POSTER = "poster", "张贴版"
    LOUDSPEAKER = "loudspeaker", "村广播"
    SMS = "sms", "短信"
    LED = "led", "电子屏"


class ErrorKind(models.TextChoices):
    """What a reader found wrong on a page (纠错)."""

    WORDING = "wording", "错字、漏字、标点"
    FACT = "fact", "内容有误或者过时"
    LINK = "link", "链接、附件打不开"
    DISPLAY = "display", "显示不正常"
    OTHER = "other", "其他"


class ErrorOutcome(models.TextChoices):
    """What became of a report of an error."""

    MENDED = "mended", "已经改正"
    EXPLAINED = "explained", "核对无误，已作说明"
    PASSED_ON = "passed_on", "已转有关单位办理"
    VOID = "void", "与网页无关"

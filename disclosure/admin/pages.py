"""The pages beside the form of a publishable thing, as one base for its admin."""

from disclosure.admin.certificates import CertificatePages
from disclosure.admin.comparison import ComparisonPage
from disclosure.admin.copies import CopyPages
from disclosure.admin.findings import FindingPages
from disclosure.admin.handing import HandingPages
from disclosure.admin.joining import JoiningPages
from disclosure.admin.previews import PreviewPages
from disclosure.admin.redaction import RedactionPages
from disclosure.admin.uploads import UploadPages
from disclosure.admin.writing import WritingPages


class Pages(
    WritingPages,
    UploadPages,
    JoiningPages,
    RedactionPages,
    CopyPages,
    PreviewPages,
    FindingPages,
    ComparisonPage,
    HandingPages,
    CertificatePages,
):
    """起草, 批量上传, 合并 PDF, 遮盖, 复制, 预览, 审前检查, 对照, 手机与纸质审签, 公开凭证."""

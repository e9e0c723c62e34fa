"""Kinds of agency and the rules that hang on them (条例 2、10、54、55条)."""

from django.db import models


class AgencyKind(models.TextChoices):
    """What an agency is in law; the last four answer to other rules than an administrative organ."""

    COUNTY_GOVERNMENT = "county_government", "县政府"
    DEPARTMENT = "department", "部门"
    TOWNSHIP = "township", "乡镇街道"
    DISPATCHED = "dispatched", "派出机构"
    VERTICAL = "vertical", "垂直管理"
    PARTY = "party", "党委机构"
    VILLAGE = "village", "村居委会"
    PUBLIC_ENTERPRISE = "public_enterprise", "公共企事业单位"


#: Kinds that take requests for disclosure in their own name (条例 27条; a dispatched office only where
#: the law lets it act in its own name, 10条2款, which its own row decides in the request issue).
ANSWERS_REQUESTS = frozenset(
    {AgencyKind.COUNTY_GOVERNMENT, AgencyKind.DEPARTMENT, AgencyKind.TOWNSHIP, AgencyKind.VERTICAL}
)

#: Kinds that the terms of 条例 do not bind: other rules apply to them (条例 2, 55条; 村民委员会组织法 30条).
OUTSIDE_THE_REGULATION = frozenset({AgencyKind.PARTY, AgencyKind.VILLAGE, AgencyKind.PUBLIC_ENTERPRISE})

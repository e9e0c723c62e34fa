"""The back office: Django admin in Chinese, with a work queue as its first page."""

from django.contrib.admin import AdminSite


class BackOffice(AdminSite):
    """The admin site of all rooms."""

    site_header = "政务公开工作台"
    site_title = "政务公开工作台"
    index_title = "今天要办"

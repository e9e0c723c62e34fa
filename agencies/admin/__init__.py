"""The back office of agencies, users and roles."""

from agencies.admin.agency import AgencyAdmin
from agencies.admin.roles_page import RolesPage
from agencies.admin.user import StaffAdmin

__all__ = ["AgencyAdmin", "RolesPage", "StaffAdmin"]

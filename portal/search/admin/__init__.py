"""站内搜索 in the back office: what people look for, synonyms, best bets, wants."""

from portal.search.admin.asked import AskedAdmin
from portal.search.admin.best_bets import BestBetAdmin
from portal.search.admin.synonyms import SynonymAdmin
from portal.search.admin.wants import WantAdmin

__all__ = ["AskedAdmin", "BestBetAdmin", "SynonymAdmin", "WantAdmin"]

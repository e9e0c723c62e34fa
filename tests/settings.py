"""The portal's own settings in their test mode, however pytest is called."""

import os

os.environ["TESTING"] = "1"

from portal.settings import *  # noqa: F403

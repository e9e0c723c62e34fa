#!/usr/bin/env python
"""Django's command line for the portal; without DATABASE_URL it brings its own PostgreSQL."""

import os
import sys

from portal.database.command_line import run

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    sys.exit(run(sys.argv))

"""What holds for all tests."""

import os

from hypothesis import settings

# A timing is never an assertion. Where a change lands, the same examples run each time; elsewhere, new ones.
settings.register_profile("anywhere", deadline=None)
settings.register_profile("landing", deadline=None, derandomize=True)
settings.load_profile("landing" if os.environ.get("CI") else "anywhere")

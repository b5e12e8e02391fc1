"""`python -m vs_tcvc.cli` is `tcvc`."""

import sys

from vs_tcvc.cli import main

sys.exit(main())

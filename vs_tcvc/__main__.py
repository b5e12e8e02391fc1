"""`python -m vs_tcvc` is `tcvc`."""

import sys

from vs_tcvc.cli import main

sys.exit(main())

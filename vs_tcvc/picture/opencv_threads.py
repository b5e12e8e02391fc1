"""OpenCV on one thread: frames are worked on side by side, so its helpers take the processor from each other.

Measured on two cores: the chroma planes of a 1080p frame take as long with two threads, and 1.7 times the processor.
"""

from __future__ import annotations

import cv2

from vs_tcvc.runtime.process_setting import ProcessSetting

one_thread = ProcessSetting(1, cv2.getNumThreads, cv2.setNumThreads).ours
"""OpenCV on one thread for as long as anybody is inside, then on as many as before; also a decorator."""

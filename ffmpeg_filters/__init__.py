"""tcvc in a pipe between two programs that speak YUV4MPEG2 (ffmpeg, vspipe), and in file-to-file conversion."""

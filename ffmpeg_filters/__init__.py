"""tcvc between two programs that use YUV4MPEG2 (ffmpeg, vspipe), and from file to file."""

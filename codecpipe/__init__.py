"""codecpipe's core: video, layouts, the codec and enhancer interfaces, the .cpv file, metrics."""

__version__ = "0.1.0"

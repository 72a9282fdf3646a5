"""The program without a window: no module below this package imports Qt."""

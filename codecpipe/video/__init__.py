"""Raw video, its containers, catalogues of sequences, and resampling."""

"""What has to be on a machine before a room can be watched: fonts, a browser, OCR models, and proof that they work.

Used through `crawler.setup` (which brings pieces in) and `crawler.doctor` (which only looks).
"""

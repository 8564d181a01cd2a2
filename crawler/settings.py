"""Scrapy settings. The pipelines' order is the data path: preserve before anything interprets."""

from __future__ import annotations

BOT_NAME = "livewitness"
SPIDER_MODULES = ["spiders"]
NEWSPIDER_MODULE = "spiders"

ITEM_PIPELINES = {
    "crawler.pipelines.Preserve": 100,  # 4. durable before it counts
    "crawler.pipelines.Read": 200,  # 5. starts the reader, which follows the log by itself
}
# Entries of one commit: with 100, 300 captures cost 7 commits; with 1, 300 commits (measured).
CONCURRENT_ITEMS = 100

# Native asyncio: the browser, the DevTools socket and the pipelines share one loop, without a reactor beside it.
TWISTED_REACTOR_ENABLED = False

# An evidence machine opens no doors: Scrapy's remote control runs posted code, and is on by default.
# Nothing is fetched by Scrapy itself: the room is in the browser.
DOWNLOAD_HANDLERS = {"http": None, "https": None, "ftp": None, "s3": None}

# A store that can't be opened is one message of ours; these statistics would add a traceback of their own.
EXTENSIONS = {"scrapy.extensions.corestats.CoreStats": None}

REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False

# Scrapy logs whole items by default; ours hold chat and pictures.
LOG_FORMATTER = "crawler.pipelines.TypeOnlyLogFormatter"
LOG_LEVEL = "WARNING"
LOGSTATS_INTERVAL = 0.0
MEMUSAGE_ENABLED = False
ROBOTSTXT_OBEY = False  # one page that a person named, seen as a viewer sees it; nothing is crawled

# Where evidence is kept; the command line sets it from --store or $LIVEWITNESS_STORE.
LIVEWITNESS_STORE = "evidence"
LIVEWITNESS_READ = True
LIVEWITNESS_QUEUE_BYTES = 64 << 20  # captures that may wait for the disk; what does not fit is a gap

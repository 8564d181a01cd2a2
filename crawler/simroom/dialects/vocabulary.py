"""The words of a simulated broadcast: who is there, what they write, what is sold; ordinary and hostile."""

from __future__ import annotations

from crawler.simroom.chatter import LINES as PLAIN_LINES
from crawler.simroom.chatter import NAMES as PLAIN_NAMES

NAMES = (
    *PLAIN_NAMES,
    "👨‍👩‍👧‍👦一家人",
    "José Álvarez",
    "ゆきちゃん",
    "김민지",
    "𠮷野家",
    "𝓜𝓸𝓸𝓷",
    "小 白 兔",
    '"引号"先生',
    "R&B<3",
)
LINES = (
    *PLAIN_LINES,
    "3号链接还有货吗[比心]",
    "刚才不是说最后50单吗？？",
    "👍🏽👍🏽👍🏽",
    "多少钱{包邮}吗",
    "已付款 尾号8231 什么时候发",
    "Does it ship to Malaysia? 🇲🇾",
    "かわいい〜",
    "𠮷祥如意 恭喜发财🧧",
    "怎么还是37件库存",
    "a&b <b>加粗</b> 'c' \"d\"",
)
ANNOUNCEMENTS = ("今晚八点抽奖，记得关注主播", "满99减20，先领券再下单", "下播前最后一波福利", "发货时间48小时内")
GIFTS = (("小心心", 1), ("玫瑰", 1), ("加油鸭", 15), ("比心", 199), ("嘉年华", 30_000))
# Name, price and original price in fen.
GOODS = (
    ("云朵软糯抱枕被 两用", 5990, 12900),
    ("加厚珊瑚绒毛毯 双人", 7900, 19900),
    ("乳胶枕芯 一对装", 11900, 29900),
    ("北欧风四件套 纯棉", 16900, 39900),
    ("懒人靠垫 可拆洗", 4580, 9900),
    ("🔥爆款 法兰绒睡衣", 6900, 15900),
)
# Well-formed Unicode, all of it: what a hostile person can put into a name or a line on a real site.
HOSTILE_NAMES = (
    "\u202e价特\u202c<b>",
    "\x00\x07\x1b[31m\x7f",
    "\u2066\u2067\ufeff\u200b",
    "",
    "a" + "\u0301" * 300,
    "</script><script>throw 1</script>",
    "长" * 3400,  # 10 kB
    "{name}{text}\r\n\t",
    "𓀀\ufffe\U0010ffff",
)
HOSTILE_TEXTS = (
    "\u202e单001剩仅\u202c",
    "<img src=x onerror=\"throw 'hostile'\">",
    "\x00\x07\x1b[31m\x7f",
    "字" * 3400,  # 10 kB
    "a" + "\u0301" * 3000,
    "\u2066\u2067\ufeff\u200b" * 20,
    "仅剩-1单 库存99999999999999999999",
    '{"cmd":"DANMU_MSG"}',
    " ",
)

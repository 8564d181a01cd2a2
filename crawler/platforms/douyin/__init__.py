"""Douyin 抖音: rooms at live.douyin.com, chat and commerce on the webcast socket, room and cart answers."""

from __future__ import annotations

from crawler.platforms.base import About, Address, Page, RoomIdentity, RoomState, Sight
from crawler.platforms.document_state import room_state
from crawler.platforms.douyin import answers, chat, commerce, page
from crawler.platforms.objects import Members
from crawler.platforms.pieces import NOT_OURS, Decoded, Piece
from crawler.platforms.webcast import Webcast

WEBCAST = Webcast({**chat.READERS, **commerce.READERS})


class Douyin:
    """The room is its `web_rid`, which stays; the broadcast its `room_id`, new each time."""

    name = "douyin"
    simulated = False
    certain = False  # where the document says nothing, words on the page stand in, and those have to last
    hosts: tuple[str, ...] = ("live.douyin.com", "douyin.com", "amemv.com", "iesdouyin.com")
    about = About(
        title="Douyin 抖音",
        kept="screen, original video and sound, frames of the chat socket, answers of the room and cart requests, page",
        decoded="chat with names and times, arrivals, likes, follows, shares, gifts, fan club, exact viewer numbers, "
        "product and coupon messages as far as the site explains them, purchases that the site names, room state",
        not_possible="the cart needs a login and often a captcha, and was reported broken on the web; orders and "
        "product cards that only the app gets; stock other than that of a campaign; what message types mean that "
        'nobody has explained (shown as "type n"); people in rooms whose host hides them all have one id',
        login="not for chat; for the cart, by hand",
        figures={
            "RoomUserSeqMessage.total": "viewers now, exact, also where the page rounds",
            "RoomUserSeqMessage.total_user": "viewers so far, exact; beside it what the page shows (10万+)",
            "RoomStatsMessage.display_value": "viewers now for display type 1, viewers so far for 3, else unknown",
            "LikeMessage.total": "likes of this broadcast so far",
            "SocialMessage.follow_count": "fans of the host at that instant",
            "LiveShoppingMessage.hot_atmosphere.sale_num": "sold, as the site displays it; no order is seen",
            "LiveEcomMessage.purchase_cnt": "how many bought or are buying; the site does not say since when",
            "LiveEcomMessage.coupon_meta.left_amount": "coupons left; total_amount: coupons in all",
            "LiveEcomMessage.countdown": "a countdown whose unit is not known",
            "ProductChangeMessage.total": "products in the list",
            "promotions.campaign.left_stock": "stock that is left for a campaign, not of the product",
            "room_cart.total": "no size of the cart: 0 for guests of rooms that sell",
        },
    )
    chat_rows: tuple[str, ...] = (
        ".webcast-chatroom___item",
        ".webcast-chatroom___item-wrapper",
        ".webcast-chatroom___content-with-emoji-text",
    )
    state_marks: tuple[str, ...] = (page.MARK,)

    def address(self, url: str) -> Address | None:
        """Rooms by `web_rid` or, in shared links, by `room_id`; short links; everything else of the site."""
        return page.address(url)

    def identity(self, sight: Sight) -> RoomIdentity | None:
        """The room of the address, with the broadcast where the page's state is of the same room."""
        address = self.address(sight.url)
        if address is None or address.page is not Page.ROOM:
            return None
        found = page.room_of(sight.scripts)
        if address.room is None:
            # A shared link names the broadcast; the room is what the page says, else that broadcast alone.
            return RoomIdentity(
                self.name, found.ident("web_rid") or f"broadcast {address.broadcast}", address.broadcast
            )
        return RoomIdentity(self.name, address.room, found.ident("room", "id_str") if _same(found, address) else None)

    def state(self, sight: Sight) -> RoomState:
        """From the page's own state, corrected by what is seen; words on the page where it has none."""
        found = page.room_of(sight.scripts)
        address = self.address(sight.url)
        ours = address is not None and address.page is Page.ROOM and _same(found, address)
        return room_state(page.state_of(found.inside("room")) if ours else None, sight)

    def decode(self, piece: Piece) -> Decoded:
        """Frames of the push socket, answers of its fallback, of the room and of the cart."""
        path = piece.address.path
        if piece.source == "frame":
            return WEBCAST.frame(piece) if "/webcast/im/push/" in path else NOT_OURS
        if "/webcast/im/fetch/" in path:
            return WEBCAST.answer(piece)
        if path.rstrip("/") + "/" == answers.ROOM:
            return answers.room(piece)
        for cart in answers.CARTS:
            if path.rstrip("/") + "/" == cart:
                return answers.cart(piece, cart)
        return NOT_OURS


def _same(found: Members, address: Address) -> bool:
    """Whether the document's state is of the room in the address: a page may go to another room without loading."""
    shown = found.ident("web_rid")
    return shown is None or address.room is None or shown == address.room

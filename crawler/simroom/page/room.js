// Puts the room together from what the server wrote into the page.
import { Chat } from "./chat.js";
import { Counters } from "./counters.js";
import { Cues } from "./cues.js";
import { Player } from "./player.js";
import { Reporter } from "./report.js";

const put = (id, text) => { document.getElementById(id).textContent = text; };

class Room {
  constructor(boot) {
    this.boot = boot;
    this.roomId = boot.room_id;
    this.video = document.getElementById("live");
    this.fill();
    this.reporter = new Reporter(boot.page, (reply) => this.own && this.cues.plan(reply.cues));
    this.counters = new Counters(boot, this.reporter);
    this.cues = new Cues(this);
    this.own = boot.room_id !== boot.other.id;
    if (boot.state === "live") this.enter();
    else this.cues.show(boot.state);
    this.cues.plan(boot.cues);
    setInterval(() => this.measure(), 2000);
  }

  fill() {
    const { shop, host, title, product } = this.boot;
    put("shop", shop);
    put("capsule-shop", shop);
    put("host", `${host} · 正在直播`);
    put("room-title", title);
    put("product-name", product.name);
    put("price", product.price);
    put("original-price", `¥${product.original_price}`);
    const goods = [[product.name, product.price], ["加厚珊瑚绒毛毯 双人", "79"], ["乳胶枕芯 一对装", "119"], ["北欧风四件套 纯棉", "169"], ["懒人靠垫 可拆洗", "45.8"]];
    document.getElementById("cart").replaceChildren(...goods.map(([name, price], index) => {
      const item = document.createElement("li"), thumb = document.createElement("i"), words = document.createElement("div");
      const line = document.createElement("p"), cost = document.createElement("b");
      thumb.style.background = `linear-gradient(135deg, hsl(${index * 67 + 20} 60% 80%), hsl(${index * 67 + 60} 45% 55%))`;
      line.textContent = `${index + 1}号链接 ${name}`;
      cost.textContent = `¥${price}`;
      words.append(line, cost);
      item.append(thumb, words);
      return item;
    }));
  }

  enter() {
    const { page, transport, chat_socket: where, started_ms: startedMs } = this.boot;
    this.visits = (this.visits ?? 0) + 1; // ids of sockets and media stay unique when a room is entered again
    const id = this.visits > 1 ? `${page}.${this.visits}` : page;
    this.player = new Player(this.video, { room: this.roomId, transport, page: id, startedMs }, this.reporter);
    this.chat = new Chat(this.roomId, id, where, this.reporter);
  }

  leave() {
    this.player?.close();
    this.chat?.stop();
    this.player = this.chat = null;
  }

  resume() {
    if (this.player) this.player.release();
    else this.enter();
  }

  // Another shop's room in the same document, as single-page sites do it.
  enterOther() {
    const { other } = this.boot;
    this.leave();
    this.own = false;
    this.roomId = other.id;
    history.pushState(null, "", other.path);
    document.title = `${other.shop} - 橙市直播`;
    document.body.dataset.roomId = other.id;
    document.body.dataset.broadcastId = other.broadcast_id;
    put("shop", other.shop);
    put("capsule-shop", other.shop);
    this.enter();
  }

  // Another broadcast in this very document.
  async renew() {
    const { broadcast_id: id } = await (await fetch(`/boot/${this.boot.page}`)).json();
    document.body.dataset.broadcastId = id;
  }

  measure() {
    const rect = (element) => { const { x, y, width, height } = element.getBoundingClientRect(); return [x, y, width, height]; };
    this.reporter.boxes = { video: rect(this.video), ...this.counters.boxes() };
  }
}

new Room(JSON.parse(document.getElementById("boot").textContent));

// Carries out the faults that happen in the page, and reports when they really began and ended.
import { wallMs, whenPainted } from "./report.js";

const STATES = {
  room_ends: "ended", host_pauses: "paused", login_wall: "login", captcha: "captcha", not_found: "not_found",
  blocked: "blocked", no_content: "no_content", new_broadcast: "ended",
};
const WORDS = {
  ended: ["直播已结束", "主播下次再见，记得关注哦"], paused: ["主播暂时离开，马上回来", "精彩不断，请稍候"],
  login: ["登录后继续观看", "扫码或手机号登录"], captcha: ["请完成安全验证", "拖动滑块完成拼图"],
  not_found: ["直播间不存在", "你要找的直播间不见了"], blocked: ["访问受限", "请稍后再试"], no_content: ["加载中", "请稍候"],
  not_started: ["直播尚未开始", "开播时间以主播通知为准"], replay: ["精彩回放", "本场直播已结束，正在播放回放"],
};

export class Cues {
  // `room` is what room.js made: {boot, player, counters, reporter, leave(), enterOther()}.
  constructor(room) {
    this.room = room;
    this.known = new Set();
    this.cover = document.getElementById("cover");
    this.panel = document.getElementById("state");
  }

  plan(cues) {
    for (const cue of cues) {
      if (this.known.has(cue.id) || cue.done) continue;
      this.known.add(cue.id);
      const since = wallMs() - this.room.boot.started_ms - cue.at * 1000;
      if (cue.for !== null && since > cue.for * 1000) continue;
      const rest = cue.for === null ? null : cue.for * 1000 - Math.max(0, since);
      setTimeout(() => this.run(cue, rest), Math.max(0, -since));
    }
  }

  run(cue, restMs) {
    if (cue.kind in STATES) this.wall(cue, restMs);
    else if (cue.kind === "room_starts") this.over(cue);
    else if (cue.kind === "continue_mask") this.mask(cue, restMs);
    else if (cue.kind === "popup_cover") this.advert(cue, restMs);
    else if (cue.kind === "freeze") this.freeze(cue, restMs);
    else if (cue.kind === "navigate") this.go(cue, () => location.reload());
    else if (cue.kind === "other_room") this.otherRoom(cue);
    // The rest is done by the server (chat, media) or by the test harness (crash).
  }

  begin(cue) { whenPainted((ms) => this.room.reporter.cue(cue.id, "begin", ms)); }

  end(cue) { whenPainted((ms) => this.room.reporter.cue(cue.id, "end", ms)); }

  wall(cue, restMs) {
    this.show(STATES[cue.kind]);
    this.begin(cue);
    if (restMs !== null) setTimeout(() => this.over(cue), restMs);
  }

  // Live again, or for the first time; another broadcast comes with a new document or within this one.
  async over(cue) {
    if (cue.kind === "room_starts") this.begin(cue);
    else this.end(cue);
    if (cue.kind === "new_broadcast") {
      await new Promise((done) => setTimeout(done, 100)); // the end is told first
      if (cue.variant === "navigation") {
        location.reload();
        return;
      }
      await this.room.renew();
    }
    this.show("live");
  }

  // The room's state as the page shows it: on the body, and as a panel over the stage unless it is live.
  show(state) {
    const { player, counters } = this.room;
    this.mark(state);
    this.panel.hidden = state === "live";
    if (state === "live") {
      counters.uncover();
      this.room.resume();
      return;
    }
    const title = document.createElement("p"), more = document.createElement("small");
    [title.textContent, more.textContent] = this.room.boot.words?.[state] ?? WORDS[state];
    this.panel.replaceChildren(title, more);
    if (state === "captcha") {
      const puzzle = document.createElement("div");
      puzzle.className = "puzzle";
      this.panel.append(puzzle);
    }
    counters.cover();
    player?.hold();
    if (state !== "paused") this.room.leave();
  }

  mark(state) { document.body.dataset.roomState = state; }

  mask(cue, restMs) {
    const button = document.createElement("button"), words = document.createElement("p");
    words.textContent = "继续观看?";
    button.type = "button";
    button.textContent = "继续观看";
    this.cover.className = "cover mask";
    this.cover.replaceChildren(words, button);
    this.cover.hidden = false;
    this.room.player?.hold();
    this.room.counters.cover();
    this.begin(cue);
    const timer = setTimeout(() => over(), restMs);
    const over = () => {
      clearTimeout(timer);
      button.onclick = null;
      this.cover.hidden = true;
      this.room.player?.release();
      this.room.counters.uncover();
      this.end(cue);
    };
    button.onclick = over;
  }

  advert(cue, restMs) {
    const words = document.createElement("p"), close = document.createElement("button");
    words.textContent = "年终福利 限时领取 满99减30";
    close.type = "button";
    close.textContent = "关闭";
    this.cover.className = "cover advert";
    this.cover.replaceChildren(words, close);
    this.cover.hidden = false;
    this.room.counters.cover(["stock", "sold_percent", "countdown"]);
    this.begin(cue);
    const over = () => {
      clearTimeout(timer);
      close.onclick = null;
      this.cover.hidden = true;
      this.room.counters.uncover();
      this.end(cue);
    };
    const timer = setTimeout(over, restMs);
    close.onclick = over;
  }

  freeze(cue, restMs) {
    this.room.reporter.cue(cue.id, "begin", wallMs());
    this.room.reporter.beacon();
    const until = performance.now() + restMs;
    while (performance.now() < until);
    this.room.reporter.cue(cue.id, "end", wallMs());
  }

  // Leaves the page: the beacon goes first, since nothing else is sure to get out.
  go(cue, leave) {
    this.room.reporter.cue(cue.id, "begin", wallMs());
    this.room.reporter.beacon();
    leave();
  }

  otherRoom(cue) {
    if (cue.variant === "spa") {
      this.room.enterOther();
      this.begin(cue);
    } else {
      this.go(cue, () => location.assign(this.room.boot.other.path));
    }
  }
}

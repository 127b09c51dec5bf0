// What the pages do beyond plain links and forms: choosing in a picker is enough, and figures follow
// the commits of the store. The page works without any of it.
//
// The server's side of the bargain: the event stream sends `commit` {"commit": n} after a commit that
// this viewer may see, and `sources` {"now", "sources": [{"name", "state", "upTo", "rate",
// "problem"}]} at least every
// 15 s, which is also the heartbeat. The page's own URL, asked with `X-Fragment: main`, answers with
// the `main` element alone, or 304. A guest's page has no stream and asks by itself, every `data-poll`
// seconds; 404 means that its link is over, and brings the words to say so.
"use strict";
(() => {
  const root = document.documentElement;
  const status = document.querySelector(".status");
  const every = Number(status?.dataset.poll || 0) * 1000; // 0 for a page with a stream
  const sources = document.querySelector(".sources");
  const silence = 40_000, patience = 10_000, pause = 1_000, longest = 30_000;

  let stream = null;       // the open event stream
  let heard = 0;           // when the server last said anything
  let current = Date.now(); // when the figures were last known to be current
  let lost = 0;            // since when the stream is gone; 0 while it is there
  let attempts = 0, retry = 0;
  let over = false;        // the link of this page has ended
  let asked = null;        // the fetch under way
  let again = false, refreshed = 0, waiting = 0;
  const here = () => location.href.split("#")[0];
  let shown = here();
  let ahead = 0;           // the server's clock minus ours

  root.classList.add("scripted");

  function say(state, text) {
    if (!status || status.dataset.state === state && status.textContent === text) return;
    status.dataset.state = root.dataset.state = state;
    status.textContent = text;
  }

  function clock(time) {
    const parts = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    return new Date(time).toLocaleTimeString(root.lang, parts);
  }

  // Cards

  function swap(old, fresh, isSamePage) {
    const open = [...old.querySelectorAll("details")].map((each) => each.open);
    fresh.querySelectorAll("details").forEach((each, index) => { each.open = open[index] === true; });
    const scrolled = [...old.querySelectorAll(".scroll")].map((each) => each.scrollLeft);
    const inside = "a, button, select, input, summary, [tabindex]";
    const focus = [...old.querySelectorAll(inside)].indexOf(document.activeElement);
    if (isSamePage) {
      for (const figure of fresh.querySelectorAll("[data-figure]")) {
        const name = CSS.escape(figure.dataset.figure);
        const before = old.querySelector(`[data-figure="${name}"]`);
        if (before && before.textContent !== figure.textContent) figure.classList.add("changed");
      }
    }
    old.replaceWith(fresh);
    fresh.querySelectorAll(".scroll").forEach((each, index) => { each.scrollLeft = scrolled[index] || 0; });
    if (focus >= 0) fresh.querySelectorAll(inside)[focus]?.focus({ preventScroll: true });
  }

  function patch(html, isSamePage) {
    const main = document.getElementById("main");
    const next = new DOMParser().parseFromString(html, "text/html").getElementById("main");
    if (!next?.dataset.version) throw new Error("the answer is not a page");
    const cards = (node) => [...node.querySelectorAll("[data-card]")];
    const names = (node) => cards(node).map((card) => card.dataset.card).join("\n");
    if (names(main) === names(next)) {
      const old = cards(main);
      cards(next).forEach((card, index) => {
        if (card.dataset.hash !== old[index].dataset.hash) swap(old[index], card, isSamePage);
      });
      Object.assign(main.dataset, next.dataset);
    } else {
      swap(main, next, isSamePage);
    }
    document.title = next.dataset.title;
  }

  // Asks for the figures once more, one question at a time. Answers whether they are now current, and
  // nothing when another question has taken its place.
  async function refresh(url = shown) {
    const isSamePage = url === shown;
    if (over) return null;
    if (asked && isSamePage) { again = true; return null; }
    asked?.abort();
    const mine = asked = new AbortController();
    const timer = setTimeout(() => mine.abort(), 20_000);
    const began = Date.now();
    const headers = { "Accept": "text/html", "X-Fragment": "main" };
    if (isSamePage) {
      headers["If-None-Match"] = `"${document.getElementById("main").dataset.version}"`;
    }
    try {
      const answer = await fetch(url, { headers, cache: "no-store", signal: mine.signal });
      if (answer.status === 401 || answer.redirected) { location.assign(url); return false; }
      if (every && answer.status === 404 && isSamePage) { end(await answer.text()); return null; }
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(`status ${answer.status}`);
        const html = await answer.text();
        if (asked !== mine) return null;
        patch(html, isSamePage);
        shown = url;
      }
      current = began;
      return true;
    } catch (problem) {
      if (asked !== mine) return null;
      if (!isSamePage) location.assign(url);
      else if (stream) drop();
      return false;
    } finally {
      clearTimeout(timer);
      if (asked === mine) {
        asked = null;
        refreshed = Date.now();
        if (again) { again = false; follow(); }
      }
    }
  }

  // Takes the figures of a link that is over off the screen, and says what the server says.
  function end(html) {
    const main = new DOMParser().parseFromString(html, "text/html").getElementById("main");
    over = true;
    say("stale", status.dataset.over);
    if (main) document.getElementById("main").replaceWith(main);
    document.title = main?.querySelector("h1")?.textContent || status.dataset.over;
  }

  // A page without a stream asks every so often, while somebody looks.
  async function ask() {
    clearTimeout(retry);
    if (document.hidden || over) return;
    const isCurrent = await refresh();
    if (over) return;
    if (isCurrent) { lost = 0; say("live", status.dataset.live); }
    if (isCurrent === false) { lost ||= Date.now(); watch(); }
    clearTimeout(retry);
    retry = setTimeout(ask, every);
  }
  const begin = every ? ask : connect;

  // Commits may come by the thousand; the page follows at most once a second.
  function follow() {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      waiting = 0;
      if (await refresh() && stream && !lost) say("live", status.dataset.live);
    }, Math.max(0, refreshed + pause - Date.now()));
  }

  // The event stream

  function connect() {
    clearTimeout(retry);
    stream?.close();
    if (document.hidden) { stream = null; return; }
    const mine = stream = new EventSource(status.dataset.events);
    heard = Date.now();
    mine.onopen = () => { heard = Date.now(); lost = 0; attempts = 0; follow(); };
    mine.onerror = () => { if (mine === stream) drop(); };
    mine.addEventListener("commit", (event) => {
      heard = Date.now();
      const { commit, follows } = document.getElementById("main").dataset;
      const known = Number(commit);
      if (!follows && !(JSON.parse(event.data).commit <= known)) follow();
    });
    mine.addEventListener("export", () => {
      heard = Date.now();
      if (document.getElementById("main").dataset.follows === "export") follow();
    });
    mine.addEventListener("sources", (event) => {
      heard = Date.now();
      if (!asked && !waiting && !lost) current = heard;
      tell(JSON.parse(event.data));
    });
  }

  function drop() {
    stream?.close();
    stream = null;
    lost ||= Date.now();
    clearTimeout(retry);
    const delay = Math.min(longest, 1000 * 2 ** attempts++);
    retry = setTimeout(connect, delay * (0.75 + Math.random() / 2));
    watch();
  }

  // Says what is so: a page that cannot know whether it is current never looks as if it were.
  function watch() {
    if (over) return;
    if (stream && Date.now() - heard > silence) drop();
    if (lost && Date.now() - lost > patience) {
      say("stale", status.dataset.stale.replace("#", clock(current)));
    } else if (lost) {
      say("reconnecting", status.dataset.reconnecting);
    }
  }

  // Sources and their age

  function tell(news) {
    if (!sources) return;
    ahead = Date.parse(news.now) - Date.now();
    for (const source of news.sources) {
      const item = sources.querySelector(`[data-source="${CSS.escape(source.name)}"]`);
      const time = item?.querySelector("time");
      if (!item) continue;
      item.dataset.state = source.state;
      item.querySelector(".state").textContent = sources.dataset[source.state] || "";
      item.querySelector(".rate").textContent = source.rate
        ? sources.dataset.rate.replace("#", source.rate.toLocaleString(document.documentElement.lang)) : "";
      item.querySelector(".problem").textContent = source.problem || "";
      if (time && source.upTo) time.dateTime = source.upTo;
    }
    age();
  }

  function age() {
    const units = sources.dataset.units.split(" ");
    for (const time of sources.querySelectorAll("time")) {
      const elapsed = Math.max(0, (Date.now() + ahead - Date.parse(time.dateTime)) / 1000);
      const [size, unit] = elapsed < 60 ? [1, 0] : elapsed < 3600 ? [60, 1]
        : elapsed < 86_400 ? [3600, 2] : [86_400, 3];
      const text = sources.dataset.ago.replace("#", `${Math.floor(elapsed / size)}\u00a0${units[unit]}`);
      if (time.textContent !== text) time.textContent = text;
    }
  }

  // Pickers and history

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-switch]");
    if (!form) return;
    const url = new URL(form.action);
    url.search = new URLSearchParams(new FormData(form)).toString();
    history.pushState(null, "", url);
    show(url.href);
  });
  window.addEventListener("popstate", () => { if (here() !== shown) show(here()); });

  async function show(url) {
    if (!document.getElementById("main").dataset.version) { location.assign(url); return; }
    if (status && !lost) say("connecting", status.dataset.updating);
    if (await refresh(url) && (stream || every) && !lost) say("live", status.dataset.live);
  }

  if (sources) {
    ahead = Date.parse(sources.dataset.now) - Date.now();
    setInterval(() => { if (!document.hidden) age(); }, 1000);
  }
  if (status) {
    say("connecting", status.dataset.connecting);
    begin();
    setInterval(watch, 1000);
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) {
        clearTimeout(retry);
        stream?.close();
        stream = null;
        return;
      }
      attempts = 0;
      if (over) return;
      if (!lost) say("connecting", status.dataset.connecting);
      begin();
    });
    window.addEventListener("online", () => { if (lost) begin(); });
    window.addEventListener("pagehide", () => stream?.close());
    window.addEventListener("pageshow", (event) => { if (event.persisted) begin(); });
  }
})();

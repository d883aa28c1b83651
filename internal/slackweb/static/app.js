"use strict";
// The script of the page: it puts what the live stream sends into the page, sends forms without leaving it, and
// gives dialogs, menus and composers the keys that they have in Slack. Without it, the page can be read.
// What it relies on is described in templates/page.html.

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const byID = (id) => document.getElementById(id);
const parse = (html) => new DOMParser().parseFromString(html, "text/html");

// ---- Changing what is shown, without losing what people typed, chose, focused or scrolled ----

const touched = new WeakSet(); // fields that the person changed in this window

// Tells whether an attribute is the script's own, so that the server's HTML does not change it.
function own(element, name) {
  if (name === "aria-busy" || name === "aria-disabled" || name === "aria-activedescendant") return true;
  if (name === "open") return element.localName === "dialog";
  if (name === "aria-expanded") return element.role === "combobox";
  return name === "value" && touched.has(element);
}

// Makes an element look like another one. Elements stay; their children are found again by id, or else by position.
function morph(old, fresh) {
  if (old === fresh || old.role === "listbox" || (old.dataset.v && old.dataset.v === fresh.dataset.v)) return;
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !own(old, name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !own(old, name)) old.setAttribute(name, value);
  }
  if (old.localName === "template") {
    old.innerHTML = fresh.innerHTML;
    return;
  }
  const chosen = old.value;
  morphChildren(old, [...fresh.childNodes]);
  if (old.localName === "select" && touched.has(old)) old.value = chosen;
}

function morphChildren(parent, wanted) {
  const ids = new Set(wanted.map((node) => node.id).filter(Boolean));
  for (const child of [...parent.children]) {
    if (child.id && !ids.has(child.id) && !("local" in child.dataset)) child.remove();
  }
  let at = parent.firstChild;
  for (const node of wanted) {
    while (at?.dataset && "local" in at.dataset) at = at.nextSibling; // the script's own
    let same = node.id ? [...parent.children].find((child) => child.id === node.id) : null;
    if (!node.id && at && !at.id && at.nodeName === node.nodeName) same = at;
    if (!same) {
      parent.insertBefore(node, at);
      continue;
    }
    if (same !== at) (parent.moveBefore ?? parent.insertBefore).call(parent, same, at); // moveBefore keeps the focus
    if (same.nodeType === Node.ELEMENT_NODE) morph(same, node);
    else if (same.nodeValue !== node.nodeValue) same.nodeValue = node.nodeValue;
    at = same.nextSibling;
  }
  while (at) {
    const next = at.nextSibling;
    if (!at.dataset || !("local" in at.dataset)) at.remove();
    at = next;
  }
}

// ---- The live stream ----

let stream;

function connect() {
  stream?.close();
  stream = new EventSource(document.body.dataset.live);
  stream.onopen = () => connected(true);
  stream.onmessage = (e) => apply(JSON.parse(e.data));
  stream.onerror = () => {
    connected(false); // the browser connects again by itself, except after an answer that is not a stream
    if (stream.readyState === EventSource.CLOSED) setTimeout(again, 1000, stream);
  };
  // A program that was started again may have another page.
  stream.addEventListener("version", (e) => { if (e.data !== document.body.dataset.version) location.reload(); });
}

// Connects again, or loads the page if what it shows is no longer there.
async function again(failed) {
  if (failed !== stream) return;
  const answer = await fetch(location.href, { method: "HEAD" }).catch(() => null);
  if (answer?.status === 404) location.reload();
  else if (failed === stream) connect();
}

function connected(yes) { byID("connection").hidden = yes; }

// Puts the pieces of a container into the page: all their ids in order, and the HTML of those that changed.
function apply({ in: where, ids, html }) {
  const container = byID(where);
  if (!container) return;
  const scroller = container.closest(".scroller"), stay = scroller && !atEnd(scroller), last = container.lastElementChild?.id;
  morphChildren(container, ids.map((id) => (html[id] ? parse(html[id]).body.firstElementChild : byID(id))).filter(Boolean));
  if (where === "modal") showModals();
  if (!scroller || last === container.lastElementChild?.id || where === "home") return;
  if (stay) newer(scroller).hidden = false;
  else toEnd(scroller);
}

// Windows that cannot be seen need no stream: a browser keeps only six connections to a server.
function seen() {
  if (document.hidden) stream?.close();
  else connect();
}
document.addEventListener("visibilitychange", seen);
addEventListener("pageshow", (e) => { if (e.persisted) seen(); });

// ---- Scrolling ----

const reversed = (scroller) => getComputedStyle(scroller).flexDirection === "column-reverse" && getComputedStyle(scroller).display === "flex";
const newer = (scroller) => $(".newer", scroller.parentElement);

// Tells whether a conversation is scrolled to its newest message, or nearly.
function atEnd(scroller) {
  const below = reversed(scroller) ? -scroller.scrollTop : scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
  return below < 60;
}

function toEnd(scroller) {
  scroller.scrollTop = reversed(scroller) ? 0 : scroller.scrollHeight;
  newer(scroller).hidden = true;
}

document.addEventListener("scroll", (e) => {
  const button = e.target.classList?.contains("scroller") && newer(e.target);
  if (button && atEnd(e.target)) button.hidden = true;
}, true);

// Scrolls to a message and marks it, if it is here.
function reveal(id) {
  if (!id || !byID(id)) return false;
  if (location.hash !== "#" + id) location.replace("#" + id); // for :target
  byID(id).scrollIntoView({ block: "center" });
  return true;
}

// ---- Going to another place ----

let shown = location.pathname + location.search;

// Shows another place in this window, as if it were loaded.
async function visit(url, push) {
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) {
    location.assign(url);
    return;
  }
  const fresh = parse(await answer.text()), to = new URL(answer.url), thread = new URLSearchParams(location.search).get("thread");
  if (push) history.pushState(null, "", to.pathname + to.search);
  shown = to.pathname + to.search;
  document.title = fresh.title;
  for (const open of all(":popover-open:not([popover=manual])")) open.hidePopover();
  const moved = $("main").dataset.place !== $("main", fresh).dataset.place;
  morph(document.body, fresh.body);
  connect();
  arrive(moved);
  const opener = $(`#m-${thread?.replace(".", "-")} a[href*="thread="]`); // of a thread that is closed now
  (byID("reply-text") ?? (moved ? null : opener) ?? byID("say-text") ?? byID("main")).focus({ preventScroll: true });
}

function arrive(moved) {
  restoreDrafts();
  showModals();
  if (moved) for (const scroller of all("main .scroller:not(.home)")) toEnd(scroller);
  for (const scroller of all(".thread .scroller")) toEnd(scroller);
  if (moved && byID("home")) post(location.pathname.replace(/\/app$/, "/open-home"), "");
}

document.addEventListener("click", (e) => {
  const link = e.target.closest("a[href]");
  if (!link || link.target || link.origin !== location.origin || e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
  if (!link.pathname.startsWith("/as/")) return;
  e.preventDefault();
  const permalink = /\/archives\/[^/]+\/p(\d+)(\d{6})$/.exec(link.pathname), id = permalink && `m-${permalink[1]}-${permalink[2]}`;
  const reply = new URLSearchParams(link.search).has("thread_ts") ? "t-" + id : id;
  if (id && reveal(reply)) return;
  visit(link.href, true).then(() => reveal(reply));
});
addEventListener("popstate", () => { if (location.pathname + location.search !== shown) visit(location.href, false); });

// ---- Forms ----

async function post(url, body) {
  try {
    const answer = await fetch(url, { method: "POST", body });
    return { ok: answer.ok, said: (await answer.text()).trim() };
  } catch {
    return { ok: false, said: "The page cannot reach its server. Try again when it is there." };
  }
}

// Says what went wrong where it happened, until the next attempt.
function fail(near, said) {
  const warning = document.createElement("p");
  warning.className = "failed";
  warning.role = "alert";
  warning.dataset.local = "";
  near.append(warning);
  warning.textContent = said; // after it is in the page, so that it is read aloud
}

function clearFailed(near) { for (const old of all(".failed", near)) old.remove(); }

function busy(button, yes) {
  for (const name of ["aria-busy", "aria-disabled"]) {
    if (yes) button?.setAttribute(name, "true");
    else button?.removeAttribute(name);
  }
}

let queue = Promise.resolve(); // the posts of modals, one after another: a submission comes after the last choice

function inOrder(url, body) {
  const sent = queue.then(() => post(url, body));
  queue = sent;
  return sent;
}

document.addEventListener("submit", async (e) => {
  const form = e.target, button = e.submitter;
  if (form.method === "dialog") return;
  e.preventDefault();
  if (button?.ariaBusy === "true") return;
  const body = new URLSearchParams(new FormData(form, button)), dialog = form.closest("#modal dialog");
  if (button && "confirm" in button.dataset && !(await confirmed(button))) return;
  const near = button?.closest(".block, .control") ?? $("footer", form) ?? form, text = "clear" in form.dataset ? form.elements.text : null;
  clearFailed(form.closest(".piece") ?? form);
  clearFailed(near);
  form.closest("[popover]")?.hidePopover();
  if (text) draft(text, "");
  busy(button, true);
  const { ok, said } = await (dialog ? inOrder : post)(form.action, body);
  busy(button, false);
  if (ok && "world" in form.dataset) byID("status").textContent = said;
  if (ok && text) toEnd($(".scroller", form.parentElement));
  if (ok && "submit" in form.dataset) focusInvalid(dialog);
  if (ok) return;
  if (text && !text.value) draft(text, body.get("text"));
  fail(form.popover ? form.parentElement : near, said);
});

// ---- Dialogs ----

// Asks what a button asks before it is pressed, and returns whether the answer is yes. Escape is no.
function confirmed(button) {
  const dialog = button.nextElementSibling.content.firstElementChild.cloneNode(true);
  dialog.dataset.local = "";
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answer) => dialog.addEventListener("close", () => {
    answer(dialog.returnValue === "confirm");
    dialog.remove();
    button.focus();
  }));
}

let opener = null; // what had the focus before the first modal opened

// Shows the open modals as such, the last one on top.
function showModals() {
  const open = all("#modal dialog");
  for (const dialog of open.filter((d) => !d.matches(":modal"))) {
    if (open.length === 1) opener = document.activeElement;
    dialog.close();
    dialog.showModal();
    $(".modal-body :is(input:not([type=hidden]), select, textarea, button)", dialog)?.focus();
  }
  if (submitted?.isConnected) focusInvalid(submitted);
  if (open.length || !opener) return;
  (opener.isConnected && opener !== document.body ? opener : byID("say-text"))?.focus();
  opener = null;
}

let submitted = null; // the modal that was submitted last, until its errors are shown

// Moves the focus to the first field with an error, now or when the stream brings the errors.
function focusInvalid(dialog) {
  submitted = dialog;
  const field = $("[aria-invalid=true]", dialog);
  if (!field) return;
  field.focus();
  submitted = null;
}

function closeModal(dialog) { $("form[data-close]", dialog).requestSubmit(); }

document.addEventListener("cancel", (e) => { // Escape
  if (!e.target.matches("#modal dialog")) return;
  e.preventDefault();
  closeModal(e.target);
}, true);
document.addEventListener("close", (e) => { // a browser closes a dialog at the second Escape, whatever the page wants
  if (e.target.matches("#modal dialog:not([open])")) closeModal(e.target);
}, true);

// Sends a choice as soon as it is made, if the field says so.
async function choose(field, value) {
  if (!field.dataset.dispatch) return;
  const near = field.closest(".block");
  clearFailed(near);
  const body = new URLSearchParams({ view: field.form.elements.view.value, action: field.dataset.element, value });
  const { ok, said } = await inOrder(field.dataset.dispatch, body);
  if (!ok) fail(near, said);
}

document.addEventListener("change", (e) => {
  touched.add(e.target);
  if (e.target.localName === "select") choose(e.target, e.target.value);
});

// ---- Lists of options below a text: slash commands, and typeaheads ----

const listOf = (field) => byID(field.getAttribute("aria-controls"));
const options = (list) => all("[role=option]:not([hidden], [aria-disabled])", list);

function showList(field, show) {
  const list = listOf(field);
  if (!list) return;
  list.hidden = !show;
  if (field.role === "combobox") field.ariaExpanded = String(show);
  if (!show) activate(field, null);
}

function activate(field, option) {
  for (const o of all("[aria-selected]", listOf(field))) o.removeAttribute("aria-selected");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
}

const active = (field) => $("[aria-selected]", listOf(field));

function step(field, by) {
  const open = options(listOf(field)), i = open.indexOf(active(field));
  activate(field, open[(i < 0 ? (by > 0 ? 0 : open.length - 1) : i + by + open.length) % open.length]);
}

// Shows the slash commands that begin with what is typed.
function hint(text) {
  const list = listOf(text), [, word] = /^(\/\S*)$/.exec(text.value) ?? [], [command] = text.value.split(/\s/);
  if (!list) return;
  for (const o of all("[role=option]", list)) o.hidden = !(word ? o.dataset.command.startsWith(word) : o.dataset.command === command);
  const open = options(list);
  showList(text, open.length > 0);
  activate(text, word && open[0]?.dataset.command !== word ? open[0] : null);
}

function complete(text, option) {
  draft(text, option.dataset.command + " ");
  hint(text);
}

let asked = 0; // counts the queries, so that a late answer is not shown

// Asks the app for the options for what is typed.
async function suggest(field) {
  const turn = ++asked, list = listOf(field), query = field.value.trim();
  const say = (words) => {
    const line = document.createElement("li");
    line.role = "option";
    line.ariaDisabled = "true";
    line.textContent = words;
    list.replaceChildren(line);
    showList(field, true);
  };
  if ([...query].length < Number(field.dataset.minQuery)) {
    say(`Type at least ${field.dataset.minQuery} characters`);
    return;
  }
  const answer = await fetch(field.dataset.options + "&q=" + encodeURIComponent(query)).catch(() => null);
  const offered = answer?.ok ? await answer.json() : null;
  if (turn !== asked || document.activeElement !== field) return;
  if (!offered?.length) {
    say(offered ? "No results" : "The options could not be loaded. Type again.");
    return;
  }
  list.replaceChildren(...offered.map(({ value, text }, i) => {
    const line = document.createElement("li");
    line.role = "option";
    line.id = `${list.id}-${i}`;
    line.dataset.value = value;
    line.textContent = text;
    return line;
  }));
  showList(field, true);
}

function pick(field, option) {
  if (option.dataset.command) return complete(field, option);
  setValue(field, option.dataset.value);
  field.value = option.textContent;
  showList(field, false);
  choose(field, option.dataset.value);
}

// Sets the value behind a typeahead. A text that is no option cannot be submitted.
function setValue(field, value) {
  const hidden = $("[data-value]", field.parentElement);
  touched.add(hidden);
  hidden.value = value;
  field.setCustomValidity(value || !field.value ? "" : "Choose one of the options.");
}

let typing;

document.addEventListener("input", (e) => {
  const field = e.target;
  touched.add(field);
  if (field.matches(".composer textarea")) {
    draft(field, field.value);
    hint(field);
  } else if (field.role === "combobox") {
    setValue(field, "");
    if (!field.value) choose(field, "");
    clearTimeout(typing);
    typing = setTimeout(suggest, 150, field);
  }
});

document.addEventListener("mousedown", (e) => {
  const option = e.target.closest("[role=option]"), field = option && $(`[aria-controls="${option.parentElement.id}"]`);
  if (!option) return;
  e.preventDefault(); // the focus stays in the field
  if (option.ariaDisabled !== "true") pick(field, option);
});
document.addEventListener("click", (e) => { if (e.target.role === "combobox" && listOf(e.target).hidden) suggest(e.target); });
document.addEventListener("focusout", (e) => { if (e.target.hasAttribute("aria-controls")) showList(e.target, false); });

// ---- Composers ----

const draftKey = ({ form }) => ["draft", form.action, form.elements.channel.value, form.elements.thread?.value].join(" ");

// Sets the text of a composer, and keeps it for when the window comes back to it.
function draft(text, value) {
  if (text.value !== value) text.value = value;
  sessionStorage.setItem(draftKey(text), value);
  if (!value) showList(text, false);
}

function restoreDrafts() { for (const text of all(".composer textarea")) text.value = sessionStorage.getItem(draftKey(text)) ?? ""; }

// ---- Keys ----

document.addEventListener("keydown", (e) => {
  if (e.isComposing || e.altKey || e.ctrlKey || e.metaKey) return;
  const field = e.target, list = field.hasAttribute?.("aria-controls") && listOf(field), open = list && !list.hidden;
  const composer = field.matches?.(".composer textarea");
  const does = {
    ArrowDown: () => (open ? step(field, 1) : suggest(field)),
    ArrowUp: () => step(field, -1),
    Enter: () => {
      if (open && active(field)) pick(field, active(field));
      else if (composer) field.form.requestSubmit($(".send", field.form));
      else choose(field, field.value);
    },
    Tab: () => pick(field, active(field)),
    Escape: () => (open ? showList(field, false) : $("[data-close-thread]").click()),
  };
  const wanted = {
    ArrowDown: open || (list && field.role === "combobox"),
    ArrowUp: open,
    Enter: !e.shiftKey && (composer || (open && active(field)) || (field.localName === "input" && field.dataset.dispatch && field.role !== "combobox")),
    Tab: open && composer && active(field) && !e.shiftKey,
    Escape: open || ($("[data-close-thread]") && !$("dialog:modal, :popover-open:not([popover=manual])")),
  };
  if (!wanted[e.key]) return;
  e.preventDefault();
  does[e.key]();
});

document.addEventListener("click", (e) => { if (e.target.matches(".newer")) toEnd($(".scroller", e.target.parentElement)); });

arrive(true);
reveal(location.hash.slice(1));
seen();

"use strict";
// The script of the page: it puts what the live stream sends into the page, sends forms without leaving it, and
// gives dialogs, menus and composers the keys that they have in Slack. What it relies on is in templates/page.html.

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const byID = (id) => document.getElementById(id);
const parse = (html) => new DOMParser().parseFromString(html, "text/html");
const isLocal = (node) => node?.dataset !== undefined && "local" in node.dataset; // an element of the script's own

// ---- Changing what is shown, without losing what people typed, chose, focused or scrolled ----

const touched = new WeakSet(); // fields that were changed in this window
// Tells whether an attribute is the script's own, so that what the server sends does not change it.
function isOwn(element, name) {
  return ["aria-busy", "aria-disabled", "aria-activedescendant"].includes(name) || (name === "value" && touched.has(element)) ||
    (name === "open" && element.localName === "dialog") || (name === "aria-expanded" && element.role === "combobox");
}

// Makes an element look like another one. Elements stay; children are found again by id, or else by position.
function morph(old, fresh) {
  if (old === fresh || old.role === "listbox" || (old.dataset.v && old.dataset.v === fresh.dataset.v)) return;
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !isOwn(old, name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !isOwn(old, name)) old.setAttribute(name, value);
  }
  const { value } = old;
  if (old.localName === "template") old.innerHTML = fresh.innerHTML;
  else morphChildren(old, [...fresh.childNodes]);
  if (old.localName === "select" && touched.has(old)) old.value = value;
}

function morphChildren(parent, wanted) {
  const ids = new Set(wanted.map((node) => node.id).filter(Boolean));
  for (const child of [...parent.children]) if (child.id && !ids.has(child.id) && !isLocal(child)) child.remove();
  let at = parent.firstChild;
  for (const node of wanted) {
    while (isLocal(at)) at = at.nextSibling;
    let same = node.id ? [...parent.children].find((child) => child.id === node.id) : null;
    if (!node.id && at && !at.id && at.nodeName === node.nodeName) same = at;
    if (!same) parent.insertBefore(node, at);
    if (!same) continue;
    if (same !== at) (parent.moveBefore ?? parent.insertBefore).call(parent, same, at); // moveBefore keeps the focus
    if (same.nodeType === Node.ELEMENT_NODE) morph(same, node);
    else if (same.nodeValue !== node.nodeValue) same.nodeValue = node.nodeValue;
    at = same.nextSibling;
  }
  for (let next = at?.nextSibling; at; at = next, next = at?.nextSibling) if (!isLocal(at)) at.remove();
}

// ---- The live stream ----

let stream;
function connect() {
  stream?.close();
  const mine = (stream = new EventSource(document.body.dataset.live));
  mine.onopen = () => (byID("connection").hidden = true);
  mine.onmessage = (e) => apply(JSON.parse(e.data));
  mine.onerror = () => { // the browser connects again by itself, except after an answer that is not a stream
    byID("connection").hidden = false;
    if (mine.readyState === EventSource.CLOSED) setTimeout(again, 1000, mine);
  };
  mine.addEventListener("version", (e) => e.data === document.body.dataset.version || location.reload()); // of a new program
}

// Connects again, or loads the page if what it shows is no longer there.
async function again(failed) {
  const answer = await fetch(location.href, { method: "HEAD" }).catch(() => null);
  if (failed !== stream) return;
  if (answer?.status === 404) location.reload(); else connect();
}

// Puts the pieces of a container into the page: all their ids in order, and the HTML of those that changed.
function apply({ in: where, ids, html }) {
  const container = byID(where);
  if (!container) return;
  const scroller = container.closest(".scroller"), follow = scroller && atEnd(scroller), last = container.lastElementChild?.id;
  const focused = document.activeElement, piece = focused.closest("#messages > .piece, #thread > .piece");
  morphChildren(container, ids.map((id) => (html[id] ? parse(html[id]).body.firstElementChild : byID(id))).filter(Boolean));
  if (piece && !focused.isConnected) (byID(piece.id) && $("a[href^='/as/']", piece) || scroller).focus({ preventScroll: true }); // its button is gone
  if (where === "modal") showModals();
  if (!newer(scroller) || last === container.lastElementChild?.id) return;
  if (follow) toEnd(scroller); else newer(scroller).hidden = false;
}

// Windows that cannot be seen need no stream: a browser keeps only six connections to a server.
const watch = () => (document.hidden ? stream?.close() : connect());
document.addEventListener("visibilitychange", watch);
addEventListener("pageshow", (e) => { if (e.persisted) watch(); });

// ---- Scrolling ----

const newer = (scroller) => scroller && $(".newer", scroller.parentElement);
const reversed = (scroller) => !scroller.matches(".down");

// Tells whether a conversation is scrolled to its newest message, or nearly.
function atEnd(scroller) {
  return (reversed(scroller) ? -scroller.scrollTop : scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop) < 60;
}

function toEnd(scroller) {
  scroller.scrollTop = reversed(scroller) ? 0 : scroller.scrollHeight;
  newer(scroller).hidden = true;
}

document.addEventListener("scroll", ({ target }) => { if (target.matches?.(".scroller") && atEnd(target)) (newer(target) ?? {}).hidden = true; }, true);

// Scrolls to a message and marks it, if it is here.
function reveal(id) {
  if (!id || !byID(id)) return false;
  if (location.hash !== "#" + id) location.replace("#" + id); // for :target
  byID(id).scrollIntoView({ block: "center" });
  return true;
}

// ---- Going to another place ----

let here = location.pathname + location.search;
// Shows another place in this window, as if it were loaded.
async function visit(url, push) {
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) return location.assign(url);
  const fresh = parse(await answer.text()), to = new URL(answer.url), thread = new URLSearchParams(here.split("?")[1]).get("thread");
  here = to.pathname + to.search;
  if (push) history.pushState(null, "", here);
  document.title = fresh.title;
  for (const open of all(":popover-open:not([popover=manual])")) open.hidePopover();
  const moved = $("main").dataset.place !== $("main", fresh).dataset.place;
  morph(document.body, fresh.body);
  connect();
  arrive(moved);
  const opener = moved ? null : $(`#m-${thread?.replace(".", "-")} a[href*="thread="]`); // of the thread that is closed now
  (byID("reply-text") ?? opener ?? byID("say-text") ?? byID("main")).focus({ preventScroll: true });
}

function arrive(moved) {
  for (const text of all(".composer textarea")) text.value = sessionStorage.getItem(draftKey(text)) ?? "";
  showModals();
  for (const scroller of all(moved ? ".scroller:not(.home)" : ".thread .scroller")) toEnd(scroller);
  if (moved && byID("home")) post(location.pathname.replace(/\/app$/, "/open-home"), "");
}

document.addEventListener("click", (e) => {
  if (e.target.matches(".newer")) toEnd($(".scroller", e.target.parentElement));
  const link = e.target.closest("a[href]");
  if (!link?.pathname.startsWith("/as/") || link.target || link.origin !== location.origin || e.ctrlKey || e.metaKey || e.shiftKey) return;
  e.preventDefault();
  const [, seconds, micros] = /\/archives\/[^/]+\/p(\d+)(\d{6})$/.exec(link.pathname) ?? [];
  const message = seconds && (link.search.includes("thread_ts=") ? "t-m-" : "m-") + seconds + "-" + micros;
  if (!reveal(message)) visit(link.href, true).then(() => reveal(message));
});
addEventListener("popstate", () => { if (location.pathname + location.search !== here) visit(location.href, false); });

// ---- Forms ----

async function post(url, body) {
  try {
    const answer = await fetch(url, { method: "POST", body });
    return { ok: answer.ok, said: (await answer.text()).trim() };
  } catch {
    return { ok: false, said: "The page cannot reach its server. Try again when it is there." };
  }
}

let queue = Promise.resolve(); // for the posts of modals, one after another: a submission comes after the last choice
const inOrder = (url, body) => (queue = queue.then(() => post(url, body)));

// Says what went wrong where it happened, until the next attempt.
function fail(near, said) {
  const warning = Object.assign(document.createElement("p"), { className: "failed", role: "alert" });
  warning.dataset.local = "";
  near.append(warning);
  warning.textContent = said; // after it is in the page, so that it is read aloud
}

const clearFailed = (near) => all(".failed", near).forEach((old) => old.remove());
const setBusy = (button, busy) => (button.ariaBusy = button.ariaDisabled = busy ? "true" : null); // disabled would lose the focus

document.addEventListener("submit", async (e) => {
  const form = e.target, button = e.submitter, text = "clear" in form.dataset ? form.elements.text : null;
  if (form.method === "dialog") return;
  e.preventDefault();
  if (button?.ariaBusy === "true" || text?.value.trim() === "") return;
  const body = new URLSearchParams(new FormData(form, button)), dialog = form.closest("#modal dialog");
  if (button && "confirm" in button.dataset && !(await confirmed(button))) return;
  const near = button?.closest(".block, .control, footer") ?? (form.popover ? form.parentElement : form);
  clearFailed(form.closest(".piece") ?? near);
  if (form.popover) form.hidePopover();
  if (text) setDraft(text, "");
  else if (button) setBusy(button, true); // more can be sent before a message is answered
  const { ok, said } = await (dialog ? inOrder : post)(form.action, body);
  if (button) setBusy(button, false);
  if (!ok) fail(near, said);
  if (!ok && text?.value.trim() === "") setDraft(text, body.get("text"));
  if (ok && text) toEnd($(".scroller", form.parentElement));
  if (ok && "world" in form.dataset) setTimeout((old) => old.remove(), 10_000, byID("status").replaceChildren(said) ?? byID("status").firstChild);
  if (ok && "submit" in form.dataset) focusInvalid(dialog);
});

// ---- Dialogs ----

// Asks what a button asks before it is pressed, and returns whether the answer is yes. Escape is no.
function confirmed(button) {
  const dialog = button.nextElementSibling.content.firstElementChild.cloneNode(true);
  dialog.dataset.local = "";
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answer) => dialog.addEventListener("close", () => {
    dialog.remove();
    button.focus();
    answer(dialog.returnValue === "confirm");
  }));
}

const openers = new Map(); // what had the focus before each modal opened
// Shows the open modals as such, the last one on top, and gives the focus back for those that are closed.
function showModals() {
  for (const dialog of all("#modal dialog:not(:modal)")) {
    openers.set(dialog, document.activeElement);
    dialog.close();
    dialog.showModal();
    $(".modal-body :is(input:not([type=hidden]), select, textarea, button)", dialog)?.focus();
  }
  for (const [dialog, opener] of [...openers].reverse().filter(([dialog]) => !dialog.isConnected)) {
    openers.delete(dialog);
    (opener.isConnected && opener !== document.body ? opener : byID("say-text"))?.focus();
  }
  if (submitted?.isConnected) focusInvalid(submitted);
}

let submitted = null; // the modal that was submitted last, until its errors are shown
// Moves the focus to the first field with an error, now or when the stream brings the errors.
function focusInvalid(dialog) {
  const field = $("[aria-invalid=true]", dialog);
  submitted = field ? null : dialog;
  field?.focus();
}

// Escape closes a modal as its button does. A browser may close it at once, whatever the page wants.
for (const [event, which] of [["cancel", "#modal dialog"], ["close", "#modal dialog:not([open])"]]) {
  document.addEventListener(event, (e) => {
    if (!e.target.matches(which) || (event === "cancel" && !e.cancelable)) return;
    e.preventDefault();
    $("form[data-close]", e.target).requestSubmit();
  }, true);
}

// Sends a choice as soon as it is made, if the field says so.
async function choose(field, value) {
  touched.add(field);
  if (!field.dataset.dispatch) return;
  const near = field.closest(".block"), body = new URLSearchParams({ view: field.form.elements.view.value, action: field.dataset.element, value });
  clearFailed(near);
  const { ok, said } = await inOrder(field.dataset.dispatch, body);
  if (!ok) fail(near, said);
}

document.addEventListener("change", (e) => { if (e.target.localName === "select") choose(e.target, e.target.value); });

// ---- Lists of options at a text: slash commands, and typeaheads ----

const listOf = (field) => byID(field.getAttribute?.("aria-controls"));
const optionsOf = (list) => all("[role=option]:not([hidden], [aria-disabled])", list);
const activeIn = (list) => $("[aria-selected]", list);

function showList(field, show) {
  if (!listOf(field)) return;
  listOf(field).hidden = !show;
  if (field.role === "combobox") field.ariaExpanded = String(show);
  if (!show) activate(field, null);
}

function activate(field, option) {
  activeIn(listOf(field))?.removeAttribute("aria-selected");
  if (!option) return field.removeAttribute("aria-activedescendant");
  option.ariaSelected = "true";
  option.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", option.id);
}

function step(field, by) { // from none, to the first or the last one
  const open = optionsOf(listOf(field)), i = open.indexOf(activeIn(listOf(field)));
  activate(field, open.at(i < 0 ? Math.min(by, 0) : (i + by) % open.length));
}

// Shows the slash commands that begin with what is typed, or the usage of the one that is typed.
function hint(text) {
  const list = listOf(text), command = /^\/\S*/.exec(text.value)?.[0], whole = command !== text.value;
  if (!list) return;
  for (const o of all("[role=option]", list)) {
    o.hidden = !command || (whole ? o.dataset.command !== command : !o.dataset.command.startsWith(command));
  }
  const open = optionsOf(list);
  showList(text, open.length > 0);
  activate(text, whole || open[0]?.dataset.command === command ? null : open[0]);
}

function line(id, text, value) { // without a value, it cannot be chosen
  const li = Object.assign(document.createElement("li"), { id, role: "option", textContent: text });
  if (value === undefined) li.ariaDisabled = "true";
  else li.dataset.value = value;
  return li;
}

let asked = 0; // counts the queries, so that a late answer is not shown
// Asks the app for the options for what is typed.
async function suggest(field) {
  const turn = ++asked, list = listOf(field), query = field.value.trim(), least = Number(field.dataset.minQuery);
  let lines = [], said = `Type at least ${least} characters`;
  if ([...query].length >= least) {
    const answer = await fetch(field.dataset.options + "&q=" + encodeURIComponent(query)).catch(() => null);
    said = answer?.ok ? "No results" : "The options could not be loaded. Type again.";
    if (answer?.ok) lines = (await answer.json()).map(({ value, text }, i) => line(`${list.id}-${i}`, text, value));
  }
  if (turn !== asked || document.activeElement !== field) return;
  list.replaceChildren(...(lines.length ? lines : [line(list.id + "-none", said)]));
  showList(field, true);
}

function pick(field, { dataset, textContent }) {
  if (dataset.command) {
    setDraft(field, dataset.command + " ");
    return hint(field);
  }
  field.value = textContent;
  setValue(field, dataset.value);
  showList(field, false);
  choose(field, dataset.value);
}

// Sets the value behind a typeahead. A text that is no option cannot be submitted.
function setValue(field, value) {
  const hidden = $("[data-value]", field.parentElement);
  touched.add(hidden);
  hidden.value = value;
  field.setCustomValidity(value || !field.value ? "" : "Choose one of the options.");
}

let typing;
document.addEventListener("input", ({ target: field }) => {
  touched.add(field);
  if (field.matches(".composer textarea")) {
    setDraft(field, field.value);
    hint(field);
  } else if (field.role === "combobox") {
    setValue(field, "");
    if (!field.value) choose(field, "");
    clearTimeout(typing);
    typing = setTimeout(suggest, 150, field);
  }
});

document.addEventListener("mousedown", (e) => {
  const option = e.target.closest("[role=option]");
  if (!option) return;
  e.preventDefault(); // the focus stays in the field
  if (option.ariaDisabled !== "true") pick($(`[aria-controls="${option.parentElement.id}"]`), option);
});
document.addEventListener("click", ({ target }) => { if (target.role === "combobox" && listOf(target).hidden) suggest(target); });
document.addEventListener("focusout", ({ target }) => showList(target, false));

// ---- Composers, and keys ----

const draftKey = ({ form }) => ["draft", form.action, form.elements.channel.value, form.elements.thread?.value].join(" ");

// Sets the text of a composer, and keeps it for when the window comes back to it.
function setDraft(text, value) {
  if (text.value !== value) text.value = value;
  sessionStorage.setItem(draftKey(text), value);
  if (!value) showList(text, false);
}

// Returns what a key does where it is pressed, or nothing.
function keyAction({ key, target, shiftKey }) {
  const list = listOf(target), open = list && !list.hidden, active = open && activeIn(list), combobox = target.role === "combobox";
  const composer = target.matches?.(".composer textarea"), thread = $("[data-close-thread]");
  switch (shiftKey ? "Shift+" + key : key) {
    case "ArrowDown": return open ? () => step(target, 1) : combobox && (() => suggest(target));
    case "ArrowUp": return open && (() => step(target, -1));
    case "Tab": return active && composer && (() => pick(target, active));
    case "Enter":
      if (active) return () => pick(target, active);
      if (composer) return () => target.form.requestSubmit($(".send", target.form));
      return target.localName === "input" && target.dataset.dispatch && (() => { if (!combobox) choose(target, target.value); });
    case "Escape":
      if (open) return () => showList(target, false);
      return thread && !$("dialog:modal, :popover-open:not([popover=manual])") && (() => thread.click());
  }
}

document.addEventListener("keydown", (e) => {
  const action = !e.isComposing && !e.altKey && !e.ctrlKey && !e.metaKey && keyAction(e);
  if (action) e.preventDefault();
  if (action) action();
});

arrive(true);
reveal(location.hash.slice(1));
watch();

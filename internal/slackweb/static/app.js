"use strict";

// Puts what the live stream says into the page.
function apply({ in: where, ids, html }) {
  const container = document.getElementById(where);
  if (!container) return;
  for (const old of [...container.children]) {
    if (!ids.includes(old.id)) old.remove();
  }
  ids.forEach((id, i) => {
    let piece = document.getElementById(id);
    if (html[id]) {
      const box = document.createElement("template");
      box.innerHTML = html[id];
      const fresh = box.content.firstElementChild;
      if (!piece || piece.dataset.v !== fresh.dataset.v) {
        piece?.replaceWith(fresh);
        piece = fresh;
      }
    }
    if (container.children[i] !== piece) container.insertBefore(piece, container.children[i] ?? null);
  });
}

new EventSource(document.body.dataset.live).onmessage = (e) => apply(JSON.parse(e.data));

// Sends a form without leaving the page, and shows what went wrong.
document.addEventListener("submit", async (e) => {
  const form = e.target;
  e.preventDefault();
  const body = new URLSearchParams(new FormData(form, e.submitter));
  const answer = await fetch(form.action, { method: "POST", body });
  document.getElementById("status").textContent = await answer.text();
  if (answer.ok && "clear" in form.dataset) form.reset();
});

// Finds what the steps describe, one inside the other, and does something with it.
// A step is {roles, name, text, last}: one of these roles; exactly this name, as one reads it
// or as a screen reader says it; this text somewhere in it. Without last, there has to be
// exactly one.
(steps, verb, value) => {
  const flat = (text) => text.replace(/\s+/g, " ").trim();
  const matches = (el, { roles, name, text }) =>
    (!roles || roles.includes(el.computedRole)) &&
    (name === undefined || flat(el.computedName) === name || flat(el.innerText ?? "") === name) &&
    (text === undefined || flat(el.innerText ?? "").includes(text)) &&
    el.checkVisibility({ visibilityProperty: true });

  let el = document.body;
  for (const step of steps) {
    const found = [...el.querySelectorAll("*")].filter((e) => matches(e, step));
    if (found.length === 0) return { problem: "nothing matches " + JSON.stringify(step) };
    if (found.length > 1 && !step.last) return { problem: found.length + " match " + JSON.stringify(step) };
    el = found.at(-1);
  }

  const verbs = {
    // Its text, as one reads it.
    text: () => ({ text: el.innerText }),
    // Its accessible name.
    name: () => ({ text: el.computedName }),
    // What a screen reader says after the name: hints and errors.
    description: () => ({ text: flat((el.ariaDescribedByElements ?? []).map((e) => e.innerText).join(" ")) }),
    // What is in a field.
    value: () => ({ text: String(el.type === "checkbox" ? el.checked : el.value) }),
    focused: () => (el.contains(document.activeElement) ? {} : { problem: "the focus is on " + describe(document.activeElement) }),
    // After its last element, a browser gives the focus to itself: that is the body.
    keepsFocus: () => (el.contains(document.activeElement) || document.activeElement === document.body ? {} : { problem: "the focus is on " + describe(document.activeElement) }),
    enabled: () => (el.matches(":disabled, [aria-disabled=true]") ? { problem: "it is disabled" } : {}),
    // Where to click on it. It remembers whether a click arrives.
    point: () => {
      el.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
      const box = el.getBoundingClientRect();
      const x = box.x + box.width / 2, y = box.y + box.height / 2;
      const top = document.elementFromPoint(x, y);
      if (!el.contains(top) && !top?.contains(el)) return { problem: "something covers it: " + describe(top) };
      if (el.matches(":disabled")) return { problem: "it is disabled" };
      window.clickArrived = false;
      el.addEventListener("click", () => { window.clickArrived = true; }, { once: true, capture: true });
      return { x, y };
    },
    box: () => {
      const { x, y, width, height } = el.getBoundingClientRect();
      return { x: x + scrollX, y: y + scrollY, width, height };
    },
    // What people without a mouse, without eyes, or with a small screen cannot use.
    barriers: () => {
      el = [...document.querySelectorAll("dialog:modal")].at(-1) ?? el; // behind it, nothing can be used
      const seen = (e) => e.checkVisibility({ visibilityProperty: true });
      const unnamed = [...el.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, img:not([alt=\"\"]), svg, dialog, [role]")]
        .filter((e) => seen(e) && !e.closest("[aria-hidden=true]") && !e.computedName && !["presentation", "none", "status", "alert", "generic", "group"].includes(e.computedRole));
      const ids = [...el.querySelectorAll("[id]")].map((e) => e.id);
      return { problem: [
        ...unnamed.map((e) => "without a name: " + e.outerHTML.slice(0, 200)),
        ...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => "two elements with the id " + id),
        ...(document.documentElement.scrollWidth > innerWidth ? ["wider than the window"] : []),
      ].join("; ") };
    },
    focus: () => { el.focus(); el.select?.(); return {}; },
    // Sets a field whose keys depend on the browser's language, such as a date or a list.
    set: () => {
      if (el.localName === "select") {
        const option = [...el.options].find((o) => flat(o.label) === value);
        if (!option) return { problem: "no choice " + value + " in " + [...el.options].map((o) => o.label) };
        value = option.value;
      }
      el.value = value;
      for (const type of ["input", "change"]) el.dispatchEvent(new Event(type, { bubbles: true }));
      return {};
    },
  };
  const describe = (e) => (e ? [e.computedRole, e.computedName || flat(e.innerText ?? "").slice(0, 40), e.localName].join(" ") : "nothing");
  return verbs[verb]();
}

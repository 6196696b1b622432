// What scripts add to pages that work without them: keys, running totals, focus on faults.
"use strict";

(() => {
  const isTyping = (target) => target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
  const go = (selector) => document.querySelector(selector)?.click();

  // Keys of the pages; users can turn them off.
  const rows = () => [...document.querySelectorAll("[data-person-link]")].filter((link) => link.offsetParent !== null);
  const step = (by) => {
    const links = rows();
    if (links.length === 0) return;
    const at = links.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1);
    links[next].focus();
    links[next].scrollIntoView({ block: "nearest" });
  };
  const keys = new Map([
    ["/", () => document.querySelector("input.search")?.focus()],
    ["j", () => step(1)],
    ["k", () => step(-1)],
    ["n", () => go("[data-key=n]")],
    ["d", () => go("[data-key=d]")],
    ["?", () => document.querySelector("#shortcuts")?.showModal()],
  ]);
  if (document.body.dataset.shortcuts === "on") {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const act = keys.get(event.key);
      if (act && !document.querySelector("dialog[open]")) {
        event.preventDefault();
        act();
      }
    });
  }

  // Search in today's list.
  const search = document.querySelector("input.search");
  search?.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const row of document.querySelectorAll("[data-name]")) row.hidden = !row.dataset.name.includes(wanted);
    for (const group of document.querySelectorAll("[data-group]")) group.hidden = !group.querySelector("[data-name]:not([hidden])");
  });
  search?.closest("form")?.addEventListener("submit", (event) => {
    const first = rows()[0];
    if (first) {
      event.preventDefault();
      first.click();
    }
  });

  // Rating scales: total and band as they grow, digits score an item, the next item comes into view.
  const rate = (form) => {
    const items = [...form.querySelectorAll("fieldset.item")];
    const bands = form.dataset.bands.split("|").filter(Boolean).map((text) => {
      const [low, level, words] = text.split(":");
      return { low: Number(low), level, words };
    });
    const show = () => {
      const chosen = [...form.querySelectorAll("fieldset.item input:checked")];
      const total = chosen.reduce((sum, input) => sum + Number(input.value), 0);
      const left = items.length - chosen.length;
      for (const item of items) item.classList.toggle("is-rated", item.querySelector("input:checked") !== null);
      form.querySelector("[data-total]").textContent = chosen.length ? String(total) : "-";
      form.querySelector("[data-left]").textContent = chosen.length && left ? `${left} to go` : "";
      const band = bands.filter((item) => total >= item.low).at(-1);
      const place = form.querySelector("[data-band]");
      place.replaceChildren();
      if (chosen.length && band) {
        const chip = document.createElement("span");
        chip.className = `chip severity-${band.level}`;
        chip.textContent = band.words;
        place.append(chip);
      }
    };
    const goOn = (item) => {
      const next = items[items.indexOf(item) + 1];
      const target = next ? next.querySelector("input:checked") ?? next.querySelector("input") : form.querySelector("button[type=submit]");
      target.focus({ preventScroll: true });
      (next ?? target).scrollIntoView({ block: next ? "center" : "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    };
    form.addEventListener("change", show);
    form.addEventListener("click", (event) => {
      // A tap or a click on an answer, not the arrow keys of a radio group.
      const item = event.target.closest("fieldset.item");
      if (item && event.target.matches("input[type=radio]") && event.detail > 0) goOn(item);
    });
    form.addEventListener("keydown", (event) => {
      const item = event.target.closest("fieldset.item");
      if (!item || event.ctrlKey || event.metaKey || event.altKey || !/^[0-9]$/.test(event.key)) return;
      const input = [...item.querySelectorAll("input")].find((one) => one.value === event.key);
      if (!input) return;
      event.preventDefault();
      input.checked = true;
      show();
      goOn(item);
    });
    show();
    items[0]?.querySelector("input")?.focus({ preventScroll: true });
  };
  document.querySelectorAll("form[data-rating]").forEach(rate);

  // A list of suggestions for a field; the attribute is set here because the field's macro knows no list.
  const item = document.querySelector(".listed input");
  if (item && document.querySelector("#items")) item.setAttribute("list", "items");

  document.querySelector("[data-focus]")?.focus();
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });

  // A form sent twice by two taps goes out once.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    else if (form.method === "post") form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // A session that ended elsewhere: leave nothing on the screen.
  document.body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) window.location.assign("/login");
  });
})();

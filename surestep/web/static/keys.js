// Single keys: a letter takes you to what carries it in data-key, and Enter sends it.
"use strict";

(() => {
  const OFF = "surestep-single-keys-off";
  const TYPED = "input:not([type=checkbox], [type=radio]), textarea, select";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const help = document.getElementById("help");
  const toggle = document.getElementById("single-keys");

  const carrying = (key) => all("[data-key]").find((one) => one.dataset.key.split(" ").includes(key));

  // In the list, the row `step` further on; false where there is no list.
  const moved = (step) => {
    const rows = all("[data-row]");
    if (!rows.length) return false;
    const here = rows.indexOf(document.activeElement);
    const next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : here + step;
    rows[Math.min(Math.max(next, 0), rows.length - 1)].focus();
    return true;
  };

  const toggled = () => {
    const box = document.activeElement?.closest("li")?.querySelector("input[type=checkbox]");
    if (box) box.checked = !box.checked;
    return Boolean(box);
  };

  const taken = (target) => {
    if (target.dataset.opens) {
      help.showModal();
    } else if ("atOnce" in target.dataset || target.localName === "a") {
      target.click();
    } else if (target.type === "radio") {
      target.focus();
      target.click();
    } else {
      const inside = target.matches(TYPED) ? target : target.querySelector(TYPED);
      (inside ?? target).focus();
      (inside ?? target).scrollIntoView({ block: "nearest" });
    }
    return true;
  };

  const pressed = (key) => {
    if (["n", "j"].includes(key) && moved(1)) return true;
    if (key === "p" && moved(-1)) return true;
    if (key === "x" && toggled()) return true;
    const target = carrying(key);
    return target ? taken(target) : false;
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches?.(TYPED);
    if (event.key === "Escape" && typing) {
      event.target.blur();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && typing) {
      event.target.form?.requestSubmit();
    } else if (
      !typing && !help?.open && !event.repeat && !event.isComposing &&
      !(event.ctrlKey || event.metaKey || event.altKey) && !localStorage.getItem(OFF) &&
      pressed(event.key)
    ) {
      event.preventDefault();
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-opens]")) help.showModal();
  });

  // A form goes off once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent && event.target.method === "post") event.preventDefault();
    event.target.dataset.sent = "1";
    window.addEventListener("pageshow", () => delete event.target.dataset.sent, { once: true });
  });

  // Nobody sees a hidden page, so it need not be renewed. What is selected stays where it is: the
  // list waits while something is.
  document.addEventListener("htmx:before:request", (event) => {
    const renewing = ["live", "place"].includes(event.target.id);
    const chosen = event.target.id === "live" && document.querySelector("#live input:checked");
    if (renewing && (document.hidden || chosen)) event.preventDefault();
  });

  if (toggle) {
    toggle.checked = !localStorage.getItem(OFF);
    toggle.addEventListener("change", () => {
      if (toggle.checked) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "1");
    });
  }
})();

// A little help on top of pages that work without it: select all, live checks, autosave, progress.
"use strict";

for (const all of document.querySelectorAll("[data-all]")) {
  all.closest("label").hidden = false;
  all.addEventListener("change", () => {
    for (const box of all.form.querySelectorAll(`input[name=${all.dataset.all || "miss"}]`)) box.checked = all.checked;
  });
}

const current = document.querySelector(".menu [aria-current]");
if (current) {
  // Not scrollIntoView, which would make the next Tab start from here.
  const list = current.closest("ul");
  list.scrollLeft = current.offsetLeft - (list.clientWidth - current.offsetWidth) / 2;
}

for (const chart of document.querySelectorAll(".scroll:has(.chart)")) chart.scrollLeft = chart.scrollWidth;

const editor = document.getElementById("editor");
if (editor) {
  const saved = editor.querySelector("[data-saved]");
  let timer = 0;
  let changed = false;
  let leaving = false;
  let saving = null;

  const send = (address, act) => {
    const form = new FormData(editor);
    if (act) form.set("act", act);
    return fetch(address, { method: "POST", body: new URLSearchParams(form), credentials: "same-origin" });
  };

  const check = async () => {
    const answer = await send(editor.dataset.check);
    if (!answer.ok) return;
    const messages = await answer.json();
    for (const list of editor.querySelectorAll("[data-messages]")) {
      const items = (messages[list.dataset.messages] || []).map((text) => {
        const item = document.createElement("li");
        item.textContent = text;
        return item;
      });
      list.replaceChildren(...items);
    }
  };

  const save = async () => {
    const answer = await send(location.pathname, "autosave");
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) {
      editor.elements.version.value = told.version;
      saved.textContent = "草稿已自动保存";
    } else {
      saved.textContent = told.conflict || "没有自动保存，请点“保存草稿”";
      editor.removeAttribute("data-autosave");
    }
  };

  editor.addEventListener("submit", async (event) => {
    leaving = true;
    clearTimeout(timer);
    if (!saving) return;
    // The form must carry the version that the autosave under way will give.
    event.preventDefault();
    const pressed = event.submitter;
    await saving;
    saving = null;
    editor.requestSubmit(pressed);
  });
  editor.addEventListener("input", () => {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (leaving) return;
      await check();
      if (changed && !leaving && editor.hasAttribute("data-autosave")) {
        saving = save();
        await saving;
        saving = null;
      }
      changed = false;
    }, 1200);
  });
}

for (const form of document.querySelectorAll("[data-test]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(`${form.dataset.test}?${new URLSearchParams(new FormData(form))}`, { credentials: "same-origin" });
    if (!answer.ok) return;
    const told = await answer.json();
    const line = (tag, text) => {
      const made = document.createElement(tag);
      made.textContent = text;
      return made;
    };
    const list = document.createElement("ol");
    for (const hit of told.hits) {
      const against = hit.against.length ? `；扣分：${hit.against.join("、")}` : "";
      list.append(line("li", `${hit.title} ${hit.chance}（对上：${hit.matched.join("、") || "无"}${against}）`));
    }
    const place = told.place ? `本条目排第 ${told.place}。` : "本条目没有进入排名。";
    form.parentElement.querySelector("[data-result]").replaceChildren(line("p", place + told.band), list);
  });
}

const progress = document.querySelector("[data-progress]");
if (progress) {
  const bar = progress.querySelector("progress");
  const count = progress.querySelector("[data-count]");
  const look = async () => {
    const answer = await fetch(progress.dataset.progress, { credentials: "same-origin" });
    const told = await answer.json();
    if (told.state !== "running") {
      location.reload();
      return;
    }
    if (told.total) {
      bar.max = told.total;
      bar.value = told.done;
      count.textContent = `${told.done} / ${told.total}`;
    }
    setTimeout(look, 700);
  };
  setTimeout(look, 400);
}

for (const quote of document.querySelectorAll("a.quote")) {
  quote.addEventListener("click", (event) => {
    const words = document.querySelector(`#p-${quote.dataset.block} .words`);
    if (!words) return;
    event.preventDefault();
    for (const lit of document.querySelectorAll(".original mark")) lit.replaceWith(...lit.childNodes);
    for (const item of document.querySelectorAll(".statements .lit")) item.classList.remove("lit");
    words.normalize();
    // Places are counted in characters, as Python does; a script counts in units of UTF-16.
    const text = [...words.textContent];
    const start = Number(quote.dataset.start);
    const end = start + Number(quote.dataset.length);
    const mark = document.createElement("mark");
    mark.textContent = text.slice(start, end).join("");
    words.replaceChildren(text.slice(0, start).join(""), mark, text.slice(end).join(""));
    quote.closest("li").classList.add("lit");
    mark.scrollIntoView({ block: "nearest" });
  });
}

for (const named of document.querySelectorAll("[data-opens]")) {
  // What no list knows is new: its particulars are asked for.
  named.addEventListener("change", () => {
    const known = [...named.list.options].some((option) => option.value === named.value.trim());
    document.getElementById(named.dataset.opens).open = Boolean(named.value.trim()) && !known;
  });
}

for (const form of document.querySelectorAll("[data-guard]")) {
  let changed = false;
  form.addEventListener("input", () => {
    changed = true;
  });
  form.addEventListener("submit", () => {
    changed = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}

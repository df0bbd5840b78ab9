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

// What drops down is closed by Escape, and by a click elsewhere.
const dropped = () => document.querySelectorAll("details.more[open], details.drop[open]");
document.addEventListener("click", (event) => {
  for (const each of dropped()) if (!each.contains(event.target)) each.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const each of dropped()) {
    each.open = false;
    if (each.contains(document.activeElement)) each.querySelector("summary").focus();
  }
});

for (const chart of document.querySelectorAll(".scroll:has(.chart)")) chart.scrollLeft = chart.scrollWidth;

// A session that is over: who logs in again, in a window over the page, loses nothing of what stands in it.
const base = document.querySelector("main[data-console]")?.dataset.console;
const isLoggedIn = async () => (await fetch(`${base}/session`, { credentials: "same-origin" })).status !== 401;

const logIn = () =>
  new Promise((done) => {
    const dialog = document.createElement("dialog");
    dialog.className = "login";
    let address = `${base}/login`;
    const show = (page, sentence) => {
      const form = page.querySelector("form.stack");
      const told = document.createElement("p");
      told.className = "hint";
      told.setAttribute("role", "alert");
      told.textContent = sentence;
      const title = document.createElement("h2");
      title.id = "login-title";
      title.textContent = "登录已过期";
      dialog.setAttribute("aria-labelledby", title.id);
      // The page may have fields of these names itself.
      for (const field of form.querySelectorAll("[id]")) field.id = `login-${field.id}`;
      for (const label of form.querySelectorAll("label")) label.htmlFor = `login-${label.htmlFor}`;
      address = form.getAttribute("action");
      dialog.replaceChildren(title, told, form);
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const body = new URLSearchParams(new FormData(form));
        const answer = await fetch(address, { method: "POST", body, credentials: "same-origin" });
        const next = new DOMParser().parseFromString(await answer.text(), "text/html");
        const token = next.querySelector(".me input[name=csrf]");
        if (!token) {
          show(next, next.querySelector(".fault")?.textContent || "还要输一个验证码");
          return;
        }
        for (const field of document.querySelectorAll("input[name=csrf]")) field.value = token.value;
        dialog.close();
        dialog.remove();
        done();
      });
      form.querySelector("input:not([type=hidden])").focus();
    };
    document.body.append(dialog);
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.showModal();
    fetch(address, { credentials: "same-origin" })
      .then((answer) => answer.text())
      .then((text) => show(new DOMParser().parseFromString(text, "text/html"), "页面上的文字都还在；重新登录后接着做。"));
  });

// Before anything is sent whose text would be lost, it is made sure that it will be taken.
const sendsSafely = (form) => {
  let isSafe = false;
  form.addEventListener("submit", async (event) => {
    if (isSafe || event.defaultPrevented) return;
    event.preventDefault();
    const pressed = event.submitter;
    if (!(await isLoggedIn())) await logIn();
    isSafe = true;
    form.requestSubmit(pressed);
  });
};

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
    if (answer.status === 401) {
      saved.textContent = "登录已过期，文字还在";
      await logIn();
      await save();
    } else if (answer.ok) {
      editor.elements.version.value = told.version;
      editor.elements.seen.value = told.seen;
      for (const [name, text] of Object.entries(told.theirs)) {
        const field = editor.elements[name];
        if (!field) continue;
        for (const line of field.closest("[data-picks]")?.querySelectorAll("input") || []) line.value = "";
        field.value = text;
      }
      saved.textContent = Object.keys(told.theirs).length ? "草稿已自动保存，并入了同事改的地方" : "草稿已自动保存";
    } else {
      saved.textContent = told.conflict || "没有自动保存，请点“保存草稿”";
      editor.removeAttribute("data-autosave");
    }
  };

  editor.addEventListener("submit", async (event) => {
    leaving = true;
    clearTimeout(timer);
    if (!saving) return;
    event.stopImmediatePropagation();
    // The form must carry the version that the autosave under way will give.
    event.preventDefault();
    const pressed = event.submitter;
    await saving;
    saving = null;
    editor.requestSubmit(pressed);
  });
  sendsSafely(editor);
  window.addEventListener("beforeunload", (event) => {
    if (changed && !leaving) event.preventDefault();
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
    setTimeout(look, 300);
  };
  setTimeout(look, 150);
}

const fresh = document.querySelector("[data-fresh]");
if (fresh) {
  // What others say meanwhile appears by itself; what is being written stays.
  const look = async () => {
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.querySelector("[data-fresh]");
      if (!found) {
        location.reload();
        return;
      }
      if (found.innerHTML !== fresh.innerHTML) fresh.replaceChildren(...found.childNodes);
    } catch {
      // Offline for a moment: the next look tells.
    }
    setTimeout(look, 3000);
  };
  setTimeout(look, 3000);
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
  // What no list knows is new: its particulars are asked for. While it is typed, so that nothing moves under a click.
  named.addEventListener("input", () => {
    const text = named.value.trim();
    const isListed = [...named.list.options].some((option) => option.value.includes(text));
    document.getElementById(named.dataset.opens).open = Boolean(text) && !isListed;
  });
}

for (const field of document.querySelectorAll("[data-picks]")) {
  // A line more as soon as the last one is written in.
  field.addEventListener("input", () => {
    const lines = [...field.querySelectorAll("input")];
    const last = lines[lines.length - 1];
    if (!last.value) return;
    const more = last.cloneNode();
    more.value = "";
    more.name = `${field.dataset.picks}~${lines.length}`;
    more.id = more.name;
    more.setAttribute("aria-label", `${field.getAttribute("aria-label")}，第 ${lines.length + 1} 个`);
    last.after(more);
  });
}

for (const form of document.querySelectorAll("[data-guard]")) {
  sendsSafely(form);
  let changed = false;
  // What was typed and not sent is kept in this browser, so that a crash or a closed window loses nothing.
  const key = `huiqi ${form.action} ${location.search}`;
  const texts = [...form.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio], [type=file]), textarea")];
  const kept = JSON.parse(localStorage.getItem(key) || "null");
  if (kept && texts.some((field) => kept[field.name] !== undefined && kept[field.name] !== field.value)) {
    for (const field of texts) {
      if (kept[field.name] === undefined) continue;
      field.value = kept[field.name];
      if (field.value && field.closest("details")) field.closest("details").open = true;
    }
    const told = document.createElement("p");
    told.className = "said";
    told.setAttribute("role", "status");
    told.textContent = "已恢复上次没有提交的文字。";
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "plain";
    drop.textContent = "不要了";
    drop.addEventListener("click", () => {
      localStorage.removeItem(key);
      changed = false;
      location.reload();
    });
    told.append(drop);
    form.prepend(told);
  }
  form.addEventListener("input", () => {
    changed = true;
    localStorage.setItem(key, JSON.stringify(Object.fromEntries(texts.map((field) => [field.name, field.value]))));
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    changed = false;
    localStorage.removeItem(key);
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}

// Keeps the talk on one page; without it each question is a page of its own.
"use strict";

const talk = document.getElementById("talk");
const form = document.getElementById("ask");
const state = document.getElementById("state");
// Beside this script, wherever a proxy has put the pages.
const home = new URL("./", document.currentScript.src);
const api = new URL("api/v1/", home);
const conversation = form.elements.conversation.value;
const LOST = "没有连上，请检查网络后再试。";
const AGAIN_AFTER = 5000;
const REASONS = ["答非所问", "答得不全", "过时了", "看不懂"];

function made(name, properties, ...children) {
  const element = document.createElement(name);
  Object.assign(element, properties);
  element.append(...children);
  return element;
}

function paragraph(block) {
  const line = made("p", { className: block.kind || "" });
  for (const [text, address] of block.spans || [[block.text, null]]) {
    if (!address) line.append(text);
    else line.append(made("a", { href: address, target: "_blank", rel: "noopener noreferrer", textContent: text }));
  }
  return line;
}

function add(who, blocks) {
  const box = made("div", { className: who }, ...blocks.map(paragraph));
  talk.append(box);
  return box;
}

function show(box) {
  // All of it, or where it is longer than the page its beginning.
  const fits = box.offsetHeight < talk.clientHeight;
  box.scrollIntoView({ block: fits ? "end" : "start" });
}

function row(items, onPress) {
  const buttons = made("div", { className: "buttons" });
  for (const item of items) {
    const button = made("button", { type: "button", textContent: item.text });
    button.addEventListener("click", () => onPress(item, buttons));
    buttons.append(button);
  }
  return buttons;
}

async function post(name, body, headers = {}) {
  const answer = await fetch(new URL(name, api), {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ ...body, conversation, page: true }),
  });
  return answer.json();
}

async function tried(name, body) {
  try {
    return await post(name, body);
  } catch {
    return { error: LOST };
  }
}

function rating(number) {
  const items = [{ text: "有用", value: "up" }, { text: "没用", value: "down" }];
  const buttons = row(items, async (item) => {
    const answer = await tried("feedback", { number, value: item.value });
    if (answer.error === LOST) buttons.replaceChildren(LOST);
    else if (item.value === "up") buttons.replaceChildren("谢谢。");
    else buttons.replaceChildren("谢谢，已经记下，工作人员会看。哪里不好？", ...reasons(number, buttons));
  });
  buttons.classList.add("rating");
  buttons.prepend("这条回答：");
  return buttons;
}

function reasons(number, buttons) {
  const offered = row(REASONS.map((text) => ({ text })), async (item) => {
    await tried("feedback", { number, value: "down", reason: item.text });
    buttons.replaceChildren(`谢谢，记下了：${item.text}。`);
  });
  return [...offered.children];
}

function acts(box, reply) {
  const items = [{ text: "复制", act: copy }, { text: "打印", act: printed }];
  if (reply.number && reply.outcome !== "smalltalk") items.push({ text: "留给工作人员", act: leave });
  const buttons = row(items, (item, whole) => item.act(box, reply, whole));
  buttons.classList.add("small");
  if (reply.entry && reply.outcome === "answer") {
    const address = new URL(`e/${reply.entry}`, home).href;
    buttons.append(made("a", { href: address, target: "_blank", rel: "noopener", textContent: "单独一页" }));
  }
  return buttons;
}

async function copy(box, reply, buttons) {
  const text = reply.text;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Where a page may not write to the clipboard by itself, an old way still does.
    const held = made("textarea", { value: text });
    document.body.append(held);
    held.select();
    document.execCommand("copy");
    held.remove();
  }
  state.textContent = " 已复制。";
  buttons.firstChild.textContent = "已复制";
}

function printed(box) {
  box.classList.add("printed");
  document.body.classList.add("printing-one");
  window.print();
  box.classList.remove("printed");
  document.body.classList.remove("printing-one");
}

async function leave(box, reply, buttons) {
  const answer = await tried("leave", { number: reply.number });
  buttons.append(made("span", { textContent: answer.error || answer.said }));
  if (answer.ticket && !box.querySelector(".ticket")) box.append(ticket(answer.ticket));
}

function ticket(found) {
  // What to look the question up by later, and the browser's consent to be told next time.
  const line = paragraph({ text: `已留给工作人员。编号 ${found.number}，查询码 ${found.code}。` });
  const address = new URL(found.path.slice(1), home).href;
  line.append(made("a", { href: address, target: "_blank", rel: "noopener", textContent: "看处理情况" }));
  const buttons = row([{ text: "下次来时告诉我" }], async (item, pressed) => {
    try {
      const body = new URLSearchParams({ code: found.code });
      const done = await fetch(new URL(`q/${found.number}/remember`, home), { method: "POST", body });
      pressed.replaceChildren(done.ok ? "好的，有了答复，您下次用这个浏览器打开这里时会先看到。" : LOST);
    } catch {
      pressed.replaceChildren(LOST);
    }
  });
  return made("div", { className: "ticket" }, line, buttons);
}

function tell(reply) {
  const choices = reply.blocks.filter((block) => block.kind === "choice");
  // A numbered list and its buttons say the same: the lines become the buttons.
  const areButtons = choices.length === reply.buttons.length;
  const box = add("bot", reply.blocks.filter((block) => !areButtons || block.kind !== "choice"));
  if (reply.buttons.length) {
    const items = reply.buttons.map((button, place) => ({
      ...button,
      text: areButtons ? choices[place].text : button.label,
    }));
    box.append(row(items, (item) => ask({ action: item.code }, item.label)));
  }
  const answers = reply.blocks.some((block) => block.kind !== "hint" && block.kind !== "choice");
  // The result of a self-check and its list of materials are to be kept as well, its questions are not.
  const isResult = reply.reason === "self_check" && choices.length < 2;
  if (answers && (reply.outcome !== "smalltalk" || isResult)) box.append(acts(box, reply));
  if (reply.outcome === "answer" && reply.number && answers) box.append(rating(reply.number));
  if (reply.ticket) box.append(ticket(reply.ticket));
  show(box);
}

// What could not be sent is kept, also when the page is loaded anew, and sent again when there is a connection.
const KEPT = "huiqi-unsent";
const LARGE = "huiqi-large";

// In a frame of another site a browser may refuse to keep anything.
function kept(storage, name) {
  try {
    return window[storage].getItem(name);
  } catch {
    return null;
  }
}

function put(storage, name, value) {
  try {
    window[storage].setItem(name, value);
  } catch {
    // Then it lasts as long as the page.
  }
}

const unsent = JSON.parse(kept("sessionStorage", KEPT) || "[]");
let sending = false;

function keep() {
  put("sessionStorage", KEPT, JSON.stringify(unsent.map(({ body, shown, key }) => ({ body, shown, key }))));
}

function ask(body, shown) {
  // getRandomValues is there without TLS as well, where randomUUID is not.
  const key = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");
  const question = { body, shown, key, box: add("me", [{ text: shown }]) };
  show(question.box);
  unsent.push(question);
  keep();
  return send();
}

async function send() {
  if (sending) return;
  sending = true;
  while (unsent.length) {
    const question = unsent[0];
    const typing = made("div", { className: "bot typing", ariaLabel: "正在查" }, made("i"), made("i"), made("i"));
    typing.setAttribute("role", "img");
    talk.append(typing);
    let reply;
    try {
      reply = await post("ask", question.body, { "Idempotency-Key": question.key });
    } catch {
      typing.remove();
      wait(question);
      break;
    }
    typing.remove();
    question.box.classList.remove("waiting");
    question.box.querySelector(".unsent")?.remove();
    unsent.shift();
    keep();
    if (reply.error) show(add("bot", [{ text: reply.error }]));
    else tell(reply);
  }
  sending = false;
}

function wait(question) {
  if (!question.box.classList.contains("waiting")) {
    question.box.classList.add("waiting");
    question.box.append(made("p", { className: "unsent", textContent: "还没有发出去，连上网以后自动再发。" }));
  }
  show(question.box);
  setTimeout(send, AGAIN_AFTER);
}

window.addEventListener("online", send);
for (const question of unsent) question.box = add("me", [{ text: question.shown }]);
send();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = form.elements.question;
  const question = field.value.trim();
  if (!question) return;
  field.value = "";
  field.focus();
  ask({ question }, question);
});

talk.addEventListener("submit", (event) => {
  const pressed = event.submitter;
  // A form with an address of its own leads there.
  if (!pressed || !pressed.name || pressed.name === "leave" || pressed.form.hasAttribute("action")) return;
  event.preventDefault();
  if (pressed.name === "question") {
    ask({ question: pressed.value }, pressed.value);
    return;
  }
  // What is written on a button stands behind its code.
  const [code, ...label] = pressed.value.split(" ");
  ask({ action: code }, label.join(" "));
});

document.querySelector(".look").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.elements.number;
  const number = field.value.trim();
  if (!number) return;
  field.value = "";
  // By its name a number is never taken for a choice from a list.
  ask({ question: number.startsWith("编号") ? number : `编号 ${number}` }, `编号 ${number.replace(/^编号\s*/, "")}`);
});

for (const tool of document.querySelectorAll(".scripted")) tool.hidden = false;
document.getElementById("print")?.addEventListener("click", () => window.print());

const large = document.getElementById("large");
function enlarge(on) {
  document.documentElement.classList.toggle("large", on);
  large?.setAttribute("aria-pressed", String(on));
}
enlarge(kept("localStorage", LARGE) === "1");
large?.addEventListener("click", () => {
  const on = !document.documentElement.classList.contains("large");
  put("localStorage", LARGE, on ? "1" : "0");
  enlarge(on);
});

// In a frame of another site, whose script closes it.
if (window.parent !== window) {
  const close = () => window.parent.postMessage({ huiqi: "close" }, "*");
  document.getElementById("close")?.addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
}

// Keeps the talk on one page; without it each question is a page of its own.
"use strict";

const talk = document.getElementById("talk");
const form = document.getElementById("ask");
// Beside this script, wherever a proxy has put the pages.
const api = new URL("api/v1/", document.currentScript.src);
const conversation = form.elements.conversation.value;
const LOST = "没有连上，请检查网络后再发一次。";

function paragraph(block) {
  const line = document.createElement("p");
  line.className = block.kind || "";
  for (const [text, address] of block.spans || [[block.text, null]]) {
    if (!address) {
      line.append(text);
      continue;
    }
    const link = document.createElement("a");
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.textContent = text;
    line.append(link);
  }
  return line;
}

function add(who, blocks) {
  const box = document.createElement("div");
  box.className = who;
  box.append(...blocks.map(paragraph));
  talk.append(box);
  return box;
}

function show(box) {
  // All of it, or where it is longer than the page its beginning.
  const fits = box.offsetHeight < talk.clientHeight;
  box.scrollIntoView({ block: fits ? "end" : "start" });
}

function row(items, onPress) {
  const made = document.createElement("div");
  made.className = "buttons";
  for (const item of items) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = item.text;
    button.addEventListener("click", () => onPress(item, made));
    made.append(button);
  }
  return made;
}

async function post(name, body) {
  const answer = await fetch(new URL(name, api), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...body, conversation, page: true }),
  });
  return answer.json();
}

function rating(number) {
  const made = row([{ text: "有用", value: "up" }, { text: "没用", value: "down" }], async (item) => {
    let said = item.value === "up" ? "谢谢。" : "谢谢，已经记下，工作人员会看。";
    try {
      await post("feedback", { number, value: item.value });
    } catch {
      said = LOST;
    }
    made.replaceChildren(said);
  });
  made.classList.add("rating");
  made.prepend("这条回答：");
  return made;
}

function ticket(found) {
  // What to look the question up by later, and the browser's consent to be told next time.
  const made = document.createElement("div");
  made.className = "ticket";
  const line = paragraph({ text: `已留给工作人员。编号 ${found.number}，查询码 ${found.code}。` });
  const link = document.createElement("a");
  link.href = new URL(found.path.slice(1), new URL("../../", api));
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = "看处理情况";
  line.append(link);
  const buttons = row([{ text: "下次来时告诉我" }], async (item, pressed) => {
    try {
      const address = new URL(`q/${found.number}/remember`, new URL("../../", api));
      const done = await fetch(address, { method: "POST", body: new URLSearchParams({ code: found.code }) });
      pressed.replaceChildren(done.ok ? "好的，有了答复，您下次用这个浏览器打开这里时会先看到。" : LOST);
    } catch {
      pressed.replaceChildren(LOST);
    }
  });
  made.append(line, buttons);
  return made;
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
  if (reply.outcome === "answer" && reply.number && answers) box.append(rating(reply.number));
  if (reply.ticket) box.append(ticket(reply.ticket));
  show(box);
}

async function ask(body, shown) {
  show(add("me", [{ text: shown }]));
  let reply;
  try {
    reply = await post("ask", body);
  } catch {
    reply = { error: LOST };
  }
  if (reply.error) show(add("bot", [{ text: reply.error }]));
  else tell(reply);
}

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
  if (!pressed || !pressed.name) return;
  event.preventDefault();
  if (pressed.name === "question") {
    ask({ question: pressed.value }, pressed.value);
    return;
  }
  // What is written on a button stands behind its code.
  const [code, ...label] = pressed.value.split(" ");
  ask({ action: code }, label.join(" "));
});

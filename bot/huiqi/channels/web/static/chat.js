// Keeps the talk on one page; without it each question is a page of its own.
"use strict";

const talk = document.getElementById("talk");
const form = document.getElementById("ask");
const conversation = form.elements.conversation.value;

function add(who, blocks) {
  const box = document.createElement("div");
  box.className = who;
  for (const block of blocks) {
    const line = document.createElement("p");
    line.className = block.kind || "";
    line.textContent = block.text;
    box.append(line);
  }
  talk.append(box);
  box.scrollIntoView({ block: who === "me" ? "end" : "start" });
  return box;
}

function buttons(box, list, onPress) {
  const row = document.createElement("div");
  row.className = "buttons";
  for (const item of list) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = item.label;
    button.addEventListener("click", () => onPress(item));
    row.append(button);
  }
  box.append(row);
}

async function post(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...body, conversation }),
  });
  return answer.json();
}

async function ask(body, shown) {
  add("me", [{ text: shown }]);
  let reply;
  try {
    reply = await post("/api/v1/ask", body);
  } catch {
    add("bot", [{ text: "没有连上，请检查网络后再发一次。" }]);
    return;
  }
  if (reply.error) {
    add("bot", [{ text: reply.error }]);
    return;
  }
  const box = add("bot", reply.blocks);
  if (reply.buttons.length) buttons(box, reply.buttons, (item) => ask({ action: item.code }, item.label));
  if (reply.outcome === "answer" && reply.number) {
    buttons(box, [{ label: "有用", value: "up" }, { label: "没用", value: "down" }], async (item) => {
      await post("/api/v1/feedback", { number: reply.number, value: item.value });
      add("bot", [{ text: item.value === "up" ? "谢谢。" : "谢谢，已经记下，工作人员会看。" }]);
    });
  }
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
  if (!pressed) return;
  event.preventDefault();
  ask({ [pressed.name]: pressed.value }, pressed.textContent);
});

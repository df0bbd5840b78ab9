// Puts the chat on another site: <script src="https://our.host/widget.js" defer></script>
"use strict";
(() => {
  const home = new URL("./", document.currentScript.src);
  const name = "NAME"; // The server puts the office's own name here.
  const label = `问${name}`;
  const button = document.createElement("button");
  const frame = document.createElement("iframe");
  button.type = "button";
  button.textContent = label;
  button.setAttribute("aria-expanded", "false");
  button.style.cssText =
    "position:fixed;right:16px;bottom:16px;z-index:2147483000;min-height:48px;padding:0 18px;border:0;border-radius:24px;background:#14548c;color:#fff;font:16px sans-serif;cursor:pointer";
  frame.title = name;
  frame.loading = "lazy";
  frame.allow = `clipboard-write ${home.origin}`;
  frame.style.cssText =
    "position:fixed;right:16px;bottom:76px;z-index:2147483000;width:min(400px,calc(100vw - 32px));height:min(600px,calc(100vh - 100px));border:1px solid #7b8894;border-radius:12px;background:#fff;display:none";
  const show = (open) => {
    if (open && !frame.src) frame.src = new URL("?in=frame", home).href;
    frame.style.display = open ? "block" : "none";
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "收起" : label;
    if (!open) button.focus();
  };
  button.addEventListener("click", () => show(frame.style.display === "none"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && frame.style.display !== "none") show(false);
  });
  window.addEventListener("message", (event) => {
    // Only what our own frame says.
    if (event.source === frame.contentWindow && event.origin === home.origin && event.data?.huiqi === "close") show(false);
  });
  document.body.append(frame, button);
})();

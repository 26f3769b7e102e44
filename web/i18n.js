// i18n.js: every text that the pages show, in English and in 简体中文, and the few lines that show it.
//
// A classic script and not a module: a browser loads no module from file://, and these pages must also
// work when they are opened as files. Classic scripts share one set of names, so index.js can call
// translate(), setLanguage() and the others below as they are.
"use strict";

// The two languages stand side by side, so that a change to one is not forgotten in the other.
// {name} marks a place for a value.
const texts = {
  "title": {
    en: "duplex: WebSocket tutorial",
    zh: "duplex：WebSocket 教程",
  },
  "tagline": {
    en: "Open a WebSocket, and see what goes over it.",
    zh: "打开一个 WebSocket，看看上面传送了什么。",
  },

  // The lamp. The keys are the four values of WebSocket.readyState.
  "state.0": { en: "connecting", zh: "正在连接" },
  "state.1": { en: "open", zh: "已打开" },
  "state.2": { en: "closing", zh: "正在关闭" },
  "state.3": { en: "not connected", zh: "未连接" },

  "connection": { en: "Connection", zh: "连接" },
  "address": { en: "Address of the server", zh: "服务器地址" },
  "connect": { en: "Connect", zh: "连接" },
  "code": { en: "Close code", zh: "关闭代码" },
  "code-hint": {
    en: "1000, or 3000 to 4999. The other codes belong to the protocol: browsers and servers say them, a page may not.",
    zh: "只能是 1000 或 3000 到 4999。其他代码属于协议本身：由浏览器和服务器使用，网页不能使用。",
  },
  "reason": { en: "Reason (optional)", zh: "原因（可选）" },
  "reason-hint": {
    en: "At most 123 bytes of UTF-8: a close frame has room for 125, and the code takes 2.",
    zh: "最多 123 字节（UTF-8）：关闭帧最多容纳 125 字节，其中代码占 2 字节。",
  },
  "disconnect": { en: "Disconnect", zh: "断开" },

  "send-title": { en: "Send", zh: "发送" },
  "text": { en: "Text message", zh: "文本消息" },
  "send-text": { en: "Send text", zh: "发送文本" },
  "file": { en: "A file, sent as one binary message", zh: "一个文件，作为一条二进制消息发送" },
  "choose-file": { en: "Choose a file", zh: "选择文件" },
  "no-file": { en: "no file chosen", zh: "未选择文件" },
  "file-chosen": { en: "{name}, {size}", zh: "{name}，{size}" },
  "send-file": { en: "Send file", zh: "发送文件" },
  "send-hint": {
    en: "Messages can be sent only while the lamp says “open”. Before that, send() throws an error; after that, it drops the message without a word.",
    zh: "只有在状态灯显示“已打开”时才能发送消息。在此之前调用 send() 会抛出错误；在此之后它会丢弃消息而不作任何提示。",
  },
  "waiting": {
    en: "waiting in the browser to be sent (bufferedAmount): {size}",
    zh: "在浏览器中等待发送（bufferedAmount）：{size}",
  },

  "log-title": { en: "Log", zh: "日志" },
  "clear": { en: "Clear", zh: "清空" },
  "log-empty": {
    en: "Nothing yet. Connect, and each message will stand here.",
    zh: "还没有内容。连接之后，每条消息都会显示在这里。",
  },
  "log.connecting": { en: "connecting to", zh: "正在连接" },
  "log.connected": { en: "connected", zh: "连接成功" },
  "log.closed": { en: "closed", zh: "连接关闭" },
  "log.received": { en: "data received from the server:", zh: "从服务器接受到的数据为:" },
  "log.sent": { en: "data sent to the server:", zh: "发送给服务器的数据:" },
  "log.errors": { en: "errors:", zh: "错误发生信息:" },
  "size.text": { en: "text, {size}", zh: "文本，{size}" },
  "size.binary": { en: "binary, {size}", zh: "二进制，{size}" },
  "cut": {
    en: "… cut here: only the first {shown} of {size} are shown, all of them were transferred.",
    zh: "……此处截断：共 {size}，只显示前 {shown}，但全部数据都已传送。",
  },
  "closed.clean": { en: "code {code}, after a closing handshake", zh: "代码 {code}，已完成关闭握手" },
  "closed.unclean": { en: "code {code}, without a closing handshake", zh: "代码 {code}，没有完成关闭握手" },
  "closed.reason": { en: "The reason that came with it:", zh: "随之而来的原因：" },

  // What went wrong, and what to try.
  "error.address": {
    en: "“{address}” is not an address that a WebSocket can use. Write it as ws://host:port/ or wss://host:port/, without a part after #.",
    zh: "“{address}”不是 WebSocket 可以使用的地址。请写成 ws://主机:端口/ 或 wss://主机:端口/，不要带 # 部分。",
  },
  "error.insecure": {
    en: "This page came over https, so the browser lets it open only wss:// addresses.",
    zh: "本页面通过 https 打开，所以浏览器只允许它连接 wss:// 地址。",
  },
  "error.connect": {
    en: "No connection to {address}. The browser tells a page no more than that, so that no page can explore your network. Is the server running? Are host, port and path right? The console of the browser (F12) often says more.",
    zh: "无法连接 {address}。为防止网页探测您的网络，浏览器不会告诉网页更多信息。服务器在运行吗？主机、端口和路径正确吗？浏览器的控制台（F12）通常有更多说明。",
  },
  "error.broken": {
    en: "The open connection broke. The browser does not tell a page why; its console (F12) often does.",
    zh: "已打开的连接中断了。浏览器不会告诉网页原因；控制台（F12）里通常有说明。",
  },
  "error.send.0": {
    en: "Not sent: the connection is still being opened. Wait until the lamp says “open”.",
    zh: "未发送：连接正在建立。请等到状态灯显示“已打开”。",
  },
  "error.send.2": {
    en: "Not sent: the connection is closing. Connect again first.",
    zh: "未发送：连接正在关闭。请先重新连接。",
  },
  "error.send.3": {
    en: "Not sent: there is no connection. Press “Connect” first.",
    zh: "未发送：没有连接。请先按“连接”。",
  },
  "error.file-missing": {
    en: "Not sent: no file is chosen. Press “Choose a file” first.",
    zh: "未发送：没有选择文件。请先按“选择文件”。",
  },
  "error.file-unreadable": {
    en: "Not sent: the browser could not read “{name}”. Was it moved or changed after you chose it, or is it too large for the memory?",
    zh: "未发送：浏览器无法读取“{name}”。选择之后它是否被移动或修改过？或者它大到内存放不下？",
  },
  "error.not-connected": {
    en: "There is no connection that could be closed.",
    zh: "没有可以关闭的连接。",
  },
  "error.code": {
    en: "Not closed: a page may close with 1000 or with 3000 to 4999 only, not with “{code}”.",
    zh: "未关闭：网页只能用 1000 或 3000 到 4999 来关闭，不能用“{code}”。",
  },
  "error.reason": {
    en: "Not closed: the reason has {size}, and a close frame has room for {most}.",
    zh: "未关闭：原因有 {size}，而关闭帧最多只能容纳 {most}。",
  },

  // Close codes: RFC 6455 §7.4.1 and the registry that grew from it.
  "close.1000": {
    en: "Normal: the conversation is over and nothing went wrong.",
    zh: "正常关闭：对话已结束，没有出错。",
  },
  "close.1001": {
    en: "Going away: the server is shutting down, or the page is being left. Try again later.",
    zh: "对方离开：服务器正在关闭，或者页面正被离开。请稍后再试。",
  },
  "close.1002": {
    en: "Protocol error: one side broke a rule of the WebSocket protocol. The reason should name the rule.",
    zh: "协议错误：有一方违反了 WebSocket 协议的规则。原因里应写明是哪条规则。",
  },
  "close.1003": {
    en: "Unsupported data: the other side does not accept this kind of message, for example binary. Try the other kind.",
    zh: "不支持的数据：对方不接受这种消息，例如二进制。请换另一种试试。",
  },
  "close.1005": {
    en: "No code: the close frame of the other side carried none. Not an error.",
    zh: "没有代码：对方的关闭帧没有带代码。这不是错误。",
  },
  "close.1006": {
    en: "Abnormal: no close frame arrived. Nobody sends this number; the browser makes it up when the connection failed or was cut. Check that the server is running and the address is right, then look at the network, a proxy or a firewall between, and the output of the server.",
    zh: "异常关闭：没有收到关闭帧。这个数字不是任何人发送的；连接失败或被切断时，由浏览器自己填写。请检查服务器是否在运行、地址是否正确，再检查网络、中间的代理或防火墙，以及服务器的输出。",
  },
  "close.1007": {
    en: "Invalid data: a text message was not valid UTF-8. Send such bytes as binary.",
    zh: "数据无效：文本消息不是有效的 UTF-8。这样的字节请用二进制发送。",
  },
  "close.1008": {
    en: "Policy: the other side refuses for a reason of its own, for example a missing permission. Read the reason.",
    zh: "违反策略：对方按自己的规定拒绝，例如没有权限。请看原因。",
  },
  "close.1009": {
    en: "Too big: a message was larger than the other side accepts. Send it in smaller messages.",
    zh: "消息过大：消息超过了对方接受的大小。请分成较小的消息发送。",
  },
  "close.1010": {
    en: "Extension missing: the browser needed an extension that the server did not offer.",
    zh: "缺少扩展：浏览器需要一个扩展，而服务器没有提供。",
  },
  "close.1011": {
    en: "Server error: something unexpected happened in the server. Its output should say what.",
    zh: "服务器错误：服务器内部发生了意外情况。服务器的输出里应有说明。",
  },
  "close.1012": {
    en: "Restart: the server is restarting. Connect again in a moment.",
    zh: "服务重启：服务器正在重启。请稍等片刻再连接。",
  },
  "close.1013": {
    en: "Try again later: the server is too busy now.",
    zh: "请稍后再试：服务器现在太忙。",
  },
  "close.1014": {
    en: "Bad gateway: a server in between got no valid answer from the server behind it.",
    zh: "网关错误：中间的服务器没有从后面的服务器得到有效的应答。",
  },
  "close.1015": {
    en: "TLS failed: the secure connection could not be set up, for example because the certificate is not trusted. Open the same host with https:// to see why.",
    zh: "TLS 失败：无法建立安全连接，例如证书不受信任。用 https:// 打开同一主机可以看到原因。",
  },
  "close.3000": {
    en: "A code that a library or framework has registered (3000 to 3999). Its documentation says what it means.",
    zh: "由某个库或框架注册的代码（3000 到 3999）。含义请看它的文档。",
  },
  "close.4000": {
    en: "A private code (4000 to 4999): its meaning is agreed between this page and its server.",
    zh: "私有代码（4000 到 4999）：含义由网页与它的服务器自行约定。",
  },
  "close.unknown": {
    en: "A code with no meaning known to this page.",
    zh: "本页面不知道这个代码的含义。",
  },

  // The chat, lesson 10.
  "chat.title": { en: "duplex: chat", zh: "duplex：聊天室" },
  "chat.heading": { en: "Chat", zh: "聊天室" },
  "chat.tagline": {
    en: "Open this page in two windows, enter the same room, and talk.",
    zh: "在两个窗口中打开本页面，进入同一个房间，开始交谈。",
  },
  "chat.enter-title": { en: "Enter a room", zh: "进入房间" },
  "chat.room": { en: "Room", zh: "房间" },
  "chat.name": { en: "Your name", zh: "您的名字" },
  "chat.enter": { en: "Enter", zh: "进入" },
  "chat.leave": { en: "Leave", zh: "离开" },
  "chat.here": { en: "Who is here", zh: "谁在这里" },
  "chat.said": { en: "What is said", zh: "聊天内容" },
  "chat.message": { en: "Message", zh: "消息" },
  "chat.say": { en: "Say it", zh: "发送" },
  "chat.typing": { en: "{name} is typing …", zh: "{name} 正在输入……" },
  "chat.state.outside": { en: "outside", zh: "未进入" },
  "chat.state.connecting": { en: "connecting", zh: "正在连接" },
  "chat.state.inside": { en: "inside", zh: "已进入" },
  "chat.state.lost": {
    en: "connection lost, next try in {seconds} seconds",
    zh: "连接已断开，{seconds} 秒后重试",
  },
  "chat.not-inside": {
    en: "Not sent: you are not in a room. What you have typed is kept.",
    zh: "未发送：您不在房间里。您输入的内容已保留。",
  },
  "chat.too-fast": {
    en: "Not sent: that was too fast. Wait a second, then send it again.",
    zh: "未发送：太快了。请等一秒再发送。",
  },
  "chat.refused.4000": {
    en: "The server refuses this room or this name: each takes 1 to 60 bytes.",
    zh: "服务器拒绝这个房间或名字：长度必须是 1 到 60 字节。",
  },
  "chat.refused.4001": {
    en: "Somebody in this room has this name. Choose another one.",
    zh: "这个房间里已经有人使用这个名字。请换一个。",
  },
  "chat.refused.4002": {
    en: "You have entered again on another connection, and this one was closed.",
    zh: "您已从另一个连接再次进入，本连接已被关闭。",
  },
  "chat.refused.4003": {
    en: "The server did not understand this page. Reload it.",
    zh: "服务器不理解本页面发送的内容。请重新加载。",
  },
};

// What the html element calls a language; a screen reader chooses its voice by it.
const languageTags = { en: "en", zh: "zh-CN" };

let language = rememberedLanguage() ?? browserLanguage();

function browserLanguage() {
  // The browser lists the reader's languages, the favourite first.
  for (const tag of navigator.languages) {
    const known = Object.keys(languageTags).find((name) => tag.split("-")[0] === name);
    if (known) return known;
  }
  return "en";
}

// Where the reader has blocked storage, touching localStorage throws. The choice then lasts as long as the page.
function rememberedLanguage() {
  try {
    const name = localStorage.getItem("duplex.language");
    return Object.hasOwn(languageTags, name) ? name : null;
  } catch {
    return null;
  }
}

function rememberLanguage() {
  try {
    localStorage.setItem("duplex.language", language);
  } catch {
    // Blocked or full: the page works the same, it only forgets.
  }
}

// The text for `key`, with `values` in place of the {names}. A value that is a number is a count of bytes.
function textFor(key, values = {}) {
  return texts[key][language].replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === "number" ? byteCount(value) : value;
  });
}

function byteCount(count) {
  const format = { style: "unit", unit: "byte", unitDisplay: "long" };
  return new Intl.NumberFormat(languageTags[language], format).format(count);
}

// The values each element was last translated with, to translate it again when the language changes.
// A WeakMap does not keep alive an element that has left the page.
const valuesOf = new WeakMap();

// Shows a text in an element and lets it follow the language from now on.
// textContent and never innerHTML: a value may come from the server, and must stay text.
function translate(element, key, values) {
  element.dataset.i18n = key;
  valuesOf.set(element, values);
  element.textContent = textFor(key, values);
}

// Translates the whole page: an element that has a text says so itself, as <h1 data-i18n="title">.
function setLanguage(name) {
  language = name;
  document.documentElement.lang = languageTags[name];
  for (const element of document.querySelectorAll("[data-i18n]")) {
    translate(element, element.dataset.i18n, valuesOf.get(element));
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === name));
  }
}

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    setLanguage(button.dataset.language);
    rememberLanguage();
  });
}

setLanguage(language);

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

  // The inspector. Words of the RFC stay as they are in the bit diagram; they are its names.
  "inspector.title": { en: "duplex: frame inspector", zh: "duplex：帧检查器" },
  "inspector.heading": { en: "Frame inspector", zh: "帧检查器" },
  "inspector.tagline": {
    en: "What goes over the wire, bit by bit. A browser shows a page only messages; the server sees it all.",
    zh: "逐位查看线路上传送的内容。浏览器只让网页看到消息；服务器能看到全部。",
  },
  "inspector.tutorial-page": { en: "Open the tutorial page", zh: "打开教程页面" },
  "inspector.source": { en: "Where the frames come from", zh: "帧的来源" },
  "inspector.state.0": { en: "connecting to the server", zh: "正在连接服务器" },
  "inspector.state.1": { en: "live: every frame of this server", zh: "实时：本服务器的每一帧" },
  "inspector.state.2": { en: "closing", zh: "正在关闭" },
  "inspector.state.3": {
    en: "not connected; is the server running, and was it started with --inspect?",
    zh: "未连接；服务器在运行吗？启动时带了 --inspect 吗？",
  },
  "inspector.state.none": { en: "no server: load a .wire file", zh: "没有服务器：请载入 .wire 文件" },
  "inspector.state.file": { en: "from the file {name}", zh: "来自文件 {name}" },
  "inspector.reconnect": { en: "Connect again", zh: "重新连接" },
  "inspector.live": { en: "Back to live", zh: "回到实时" },
  "inspector.save": { en: "Save as .wire", zh: "保存为 .wire" },
  "inspector.load": { en: "Load a .wire file", zh: "载入 .wire 文件" },

  "inspector.frames": { en: "Frames", zh: "帧" },
  "inspector.pause": { en: "Pause", zh: "暂停" },
  "inspector.resume": { en: "Go on ({count})", zh: "继续（{count}）" },
  "inspector.opcode": { en: "Opcode", zh: "操作码" },
  "inspector.all-connections": { en: "all", zh: "全部" },
  "inspector.all-opcodes": { en: "all", zh: "全部" },
  "inspector.no-connection": { en: "none is open", zh: "没有打开的连接" },
  "inspector.empty": {
    en: "Nothing yet. Open the tutorial page in another tab and send something, send bytes with the form on this page, or load a .wire file.",
    zh: "还没有内容。请在另一个标签页打开教程页面并发送消息，或用本页的表单发送字节，或载入 .wire 文件。",
  },
  "inspector.known": { en: "open already: {path}", zh: "早已打开：{path}" },
  "inspector.open": { en: "opened: {path}", zh: "已打开：{path}" },
  "inspector.closed": { en: "ended with {code}, by the {by}", zh: "结束，代码 {code}，由{by}" },
  "inspector.by.peer": { en: "peer", zh: "对方" },
  "inspector.by.server": { en: "server", zh: "服务器" },
  "inspector.by.error": { en: "server, for an error", zh: "服务器（因错误）" },
  "inspector.by.timeout": { en: "server, for lack of an answer", zh: "服务器（因超时）" },
  "inspector.sent": { en: "from the server", zh: "来自服务器" },
  "inspector.received": { en: "to the server", zh: "发往服务器" },
  "inspector.number": { en: "connection {id}", zh: "连接 {id}" },
  "inspector.bytes": { en: "length {size}", zh: "长度 {size}" },
  "inspector.opcode.continuation": { en: "continuation", zh: "延续（continuation）" },
  "inspector.opcode.text": { en: "text", zh: "文本（text）" },
  "inspector.opcode.binary": { en: "binary", zh: "二进制（binary）" },
  "inspector.opcode.close": { en: "close", zh: "关闭（close）" },
  "inspector.opcode.ping": { en: "ping", zh: "ping" },
  "inspector.opcode.pong": { en: "pong", zh: "pong" },
  "inspector.opcode.reserved": { en: "reserved", zh: "保留" },
  "inspector.unfinished": { en: "part of a header", zh: "不完整的帧头" },

  "inspector.frame": { en: "One frame", zh: "一个帧" },
  "inspector.no-frame": { en: "Choose a frame in the list, and it is drawn here.", zh: "在列表中选择一个帧，它会画在这里。" },
  "inspector.summary": { en: "{way}, connection {id}, {size} bytes on the wire", zh: "{way}，连接 {id}，线路上共 {size} 字节" },
  "inspector.diagram-hint": {
    en: "Point at a field, or walk there with the Tab key: above stands what it says here, its rule, and where the code is.",
    zh: "指向一个字段，或用 Tab 键走到它：上面会显示它在这里的含义、规则以及代码的位置。",
  },
  "inspector.more": { en: "… and {size} bytes more", zh: "……还有 {size} 字节" },
  "inspector.masked": { en: "masked", zh: "已掩码" },
  "inspector.unmasked": { en: "as it is", zh: "原样" },

  "inspector.label.fin": { en: "FIN", zh: "FIN" },
  "inspector.label.rsv1": { en: "RSV1", zh: "RSV1" },
  "inspector.label.rsv2": { en: "RSV2", zh: "RSV2" },
  "inspector.label.rsv3": { en: "RSV3", zh: "RSV3" },
  "inspector.label.opcode": { en: "opcode", zh: "opcode" },
  "inspector.label.mask": { en: "MASK", zh: "MASK" },
  "inspector.label.length": { en: "length", zh: "长度" },
  "inspector.label.length16": { en: "length, 16 bits", zh: "长度，16 位" },
  "inspector.label.length64": { en: "length, 64 bits", zh: "长度，64 位" },
  "inspector.label.key": { en: "masking key", zh: "掩码密钥" },
  "inspector.label.payload": { en: "payload", zh: "载荷" },
  "inspector.label.code": { en: "close code", zh: "关闭代码" },
  "inspector.label.reason": { en: "reason", zh: "原因" },
  "inspector.label.rest": { en: "not read", zh: "未读取" },

  "inspector.name.fin": { en: "FIN: the last fragment", zh: "FIN：最后一个分片" },
  "inspector.name.rsv1": { en: "RSV1: reserved", zh: "RSV1：保留位" },
  "inspector.name.rsv2": { en: "RSV2: reserved", zh: "RSV2：保留位" },
  "inspector.name.rsv3": { en: "RSV3: reserved", zh: "RSV3：保留位" },
  "inspector.name.opcode": { en: "Opcode", zh: "操作码（opcode）" },
  "inspector.name.mask": { en: "MASK", zh: "MASK：掩码位" },
  "inspector.name.length": { en: "Payload length, 7 bits", zh: "载荷长度，7 位" },
  "inspector.name.length16": { en: "Payload length, 16 bits more", zh: "载荷长度，另加 16 位" },
  "inspector.name.length64": { en: "Payload length, 64 bits more", zh: "载荷长度，另加 64 位" },
  "inspector.name.key": { en: "Masking key", zh: "掩码密钥" },
  "inspector.name.payload": { en: "Payload", zh: "载荷" },
  "inspector.name.code": { en: "Close code", zh: "关闭代码" },
  "inspector.name.reason": { en: "Reason of the close", zh: "关闭的原因" },
  "inspector.name.rest": { en: "What was not read", zh: "未读取的内容" },

  // What a value means in the chosen frame.
  "inspector.left-open": { en: "The transcript leaves this open: any value will do.", zh: "对话记录没有规定这里的值：任何值都可以。" },
  "inspector.fin.only": { en: "1: this frame is a whole message.", zh: "1：这一帧就是完整的消息。" },
  "inspector.fin.last": { en: "1: the message ends with this frame.", zh: "1：消息到这一帧结束。" },
  "inspector.fin.first": { en: "0: a message begins, and more fragments follow.", zh: "0：一条消息开始，后面还有分片。" },
  "inspector.fin.middle": { en: "0: in the middle of a message, more fragments follow.", zh: "0：消息的中间部分，后面还有分片。" },
  "inspector.fin.broken": { en: "0: wrong here, a control frame cannot have fragments.", zh: "0：在这里是错误的，控制帧不能分片。" },
  "inspector.rsv.0": { en: "0: no extension is at work in this frame.", zh: "0：这一帧没有使用扩展。" },
  "inspector.rsv.1": {
    en: "1: wrong here, for this server has agreed to no extension that uses it.",
    zh: "1：在这里是错误的，因为本服务器没有协商使用该位的扩展。",
  },
  "inspector.opcode-means.continuation": { en: "0: the message that was begun goes on.", zh: "0：已开始的消息的后续部分。" },
  "inspector.opcode-means.text": { en: "1: a message of text begins, in UTF-8.", zh: "1：一条文本消息开始，使用 UTF-8。" },
  "inspector.opcode-means.binary": { en: "2: a message of bytes begins.", zh: "2：一条二进制消息开始。" },
  "inspector.opcode-means.close": {
    en: "8: this side will send no more. The other answers with a close frame, and the connection ends.",
    zh: "8：本方不再发送。另一方以关闭帧回应，然后连接结束。",
  },
  "inspector.opcode-means.ping": { en: "9: are you there? The other side answers with a Pong.", zh: "9：你还在吗？另一方用 Pong 回应。" },
  "inspector.opcode-means.pong": { en: "10: I am here. It repeats the payload of the Ping.", zh: "10：我在。它重复 Ping 的载荷。" },
  "inspector.opcode-means.reserved": { en: "This number means nothing yet: the frame is refused.", zh: "这个数字还没有含义：该帧会被拒绝。" },
  "inspector.mask.received1": { en: "1: masked, as every frame from a client must be.", zh: "1：已掩码，客户端发出的每一帧都必须如此。" },
  "inspector.mask.received0": { en: "0: wrong here, a client must mask. The frame is refused.", zh: "0：在这里是错误的，客户端必须掩码。该帧会被拒绝。" },
  "inspector.mask.sent0": { en: "0: not masked, as every frame from a server must be.", zh: "0：未掩码，服务器发出的每一帧都必须如此。" },
  "inspector.mask.sent1": { en: "1: wrong here, a server must not mask.", zh: "1：在这里是错误的，服务器不得掩码。" },
  "inspector.length.short": { en: "Up to 125 this is the length itself, in bytes.", zh: "不超过 125 时，它就是长度本身（字节）。" },
  "inspector.length.126": { en: "126 is no length: it says that the next 16 bits are.", zh: "126 不是长度：它表示接下来的 16 位才是长度。" },
  "inspector.length.127": { en: "127 is no length: it says that the next 64 bits are.", zh: "127 不是长度：它表示接下来的 64 位才是长度。" },
  "inspector.means.length16": { en: "The length of the payload in bytes, high byte first: 126 to 65,535.", zh: "载荷的字节长度，高位字节在前：126 到 65,535。" },
  "inspector.means.length64": {
    en: "The length of the payload in bytes, high byte first: 65,536 and more. The highest bit is 0.",
    zh: "载荷的字节长度，高位字节在前：65,536 及以上。最高位为 0。",
  },
  "inspector.means.key": {
    en: "Four random bytes. Byte i of the payload is XORed with byte i mod 4 of the key; to do it twice restores it.",
    zh: "四个随机字节。载荷的第 i 个字节与密钥的第 i mod 4 个字节异或；做两次就复原。",
  },
  "inspector.payload.masked": { en: "What is said, masked. Below it stands unmasked.", zh: "要说的内容，已掩码。下面是去掉掩码后的样子。" },
  "inspector.payload.unmasked": { en: "What is said, as it is.", zh: "要说的内容，原样。" },
  "inspector.means.code": { en: "Part of a close code.", zh: "关闭代码的一部分。" },
  "inspector.means.reason": { en: "Why the connection ends, in words for people.", zh: "用人能看懂的话说明连接为何结束。" },
  "inspector.means.rest": {
    en: "Bytes that belong to no frame the server could read: they came behind a broken header, or are only part of one.",
    zh: "不属于服务器能读取的任何帧的字节：它们跟在出错的帧头之后，或者只是帧头的一部分。",
  },

  // The rules, in our words.
  "inspector.rule.fin": {
    en: "RFC 6455 §5.2, §5.4: the bit is set in the last fragment of a message; the first may be the last. Control frames may stand between fragments.",
    zh: "RFC 6455 §5.2、§5.4：消息的最后一个分片设置此位；第一个也可以是最后一个。控制帧可以出现在分片之间。",
  },
  "inspector.rule.rsv1": {
    en: "RFC 6455 §5.2: must be 0 unless an extension was agreed on that gives it a meaning. For permessage-deflate it says: compressed.",
    zh: "RFC 6455 §5.2：除非协商了赋予其含义的扩展，否则必须为 0。在 permessage-deflate 中它表示：已压缩。",
  },
  "inspector.rule.rsv2": {
    en: "RFC 6455 §5.2: must be 0 unless an extension was agreed on that gives it a meaning.",
    zh: "RFC 6455 §5.2：除非协商了赋予其含义的扩展，否则必须为 0。",
  },
  "inspector.rule.rsv3": {
    en: "RFC 6455 §5.2: must be 0 unless an extension was agreed on that gives it a meaning.",
    zh: "RFC 6455 §5.2：除非协商了赋予其含义的扩展，否则必须为 0。",
  },
  "inspector.rule.opcode": {
    en: "RFC 6455 §5.2: says what the payload is. 3 to 7 and 11 to 15 are reserved; who receives one ends the connection. From 8 on they are control frames (§5.5): whole, and at most 125 bytes.",
    zh: "RFC 6455 §5.2：说明载荷是什么。3 到 7 和 11 到 15 是保留值；收到者会终止连接。从 8 起是控制帧（§5.5）：不分片，最多 125 字节。",
  },
  "inspector.rule.mask": {
    en: "RFC 6455 §5.1: a client masks every frame, a server none. So a page cannot choose the bytes on the wire, and cannot make a proxy take them for something else (§10.3).",
    zh: "RFC 6455 §5.1：客户端对每一帧掩码，服务器一律不掩码。这样网页无法选择线路上的字节，也就无法让代理把它们误认为别的东西（§10.3）。",
  },
  "inspector.rule.length": {
    en: "RFC 6455 §5.2: a length is written in the fewest bytes. Two ways to write one would let two readers disagree about where the next frame begins.",
    zh: "RFC 6455 §5.2：长度要用最少的字节书写。如果有两种写法，两个读取者就可能对下一帧的起点有不同看法。",
  },
  "inspector.rule.length16": {
    en: "RFC 6455 §5.2: used only when 7 bits do not suffice. High byte first, as always on a network.",
    zh: "RFC 6455 §5.2：只在 7 位不够时使用。高位字节在前，网络上一向如此。",
  },
  "inspector.rule.length64": {
    en: "RFC 6455 §5.2: used only when 16 bits do not suffice. A server judges it before a byte of the payload comes, and reserves nothing for it.",
    zh: "RFC 6455 §5.2：只在 16 位不够时使用。服务器在载荷到来之前就作判断，并且不为它预留内存。",
  },
  "inspector.rule.key": {
    en: "RFC 6455 §5.3: the client chooses it anew for each frame, so that nobody can foresee it.",
    zh: "RFC 6455 §5.3：客户端为每一帧重新选择密钥，使人无法预料。",
  },
  "inspector.rule.payload": {
    en: "RFC 6455 §5.6, §8.1: the payloads of all fragments together are the message. Text must be UTF-8, else 1007.",
    zh: "RFC 6455 §5.6、§8.1：所有分片的载荷合起来就是消息。文本必须是 UTF-8，否则以 1007 关闭。",
  },
  "inspector.rule.code": {
    en: "RFC 6455 §5.5.1, §7.4: the first two bytes of a close frame, high byte first. 1005, 1006 and 1015 are never sent.",
    zh: "RFC 6455 §5.5.1、§7.4：关闭帧的前两个字节，高位字节在前。1005、1006 和 1015 从不发送。",
  },
  "inspector.rule.reason": {
    en: "RFC 6455 §5.5.1: UTF-8 behind the code, at most 123 bytes. This server names here the rule that was broken.",
    zh: "RFC 6455 §5.5.1：代码之后的 UTF-8 文本，最多 123 字节。本服务器在这里写明被违反的规则。",
  },
  "inspector.rule.rest": {
    en: "RFC 6455 §7.1.7: after a broken rule the connection is failed, and nothing that follows is interpreted.",
    zh: "RFC 6455 §7.1.7：规则被违反后连接即告失败，后面的内容不再解释。",
  },
  "inspector.read-by": { en: "Read by", zh: "由以下函数读取：" },
  "inspector.written-by": { en: "Written by", zh: "由以下函数写出：" },
  "inspector.in-file": { en: "in", zh: "位于" },

  "inspector.payload-title": { en: "The payload, byte by byte", zh: "载荷，逐字节" },
  "inspector.on-the-wire": { en: "on the wire", zh: "线路上" },
  "inspector.key-row": { en: "XOR key", zh: "异或密钥" },
  "inspector.plain-row": { en: "unmasked", zh: "去掩码" },
  "inspector.text-row": { en: "as text", zh: "作为文本" },
  "inspector.no-character": { en: "–", zh: "–" },

  "inspector.acts": { en: "Make something happen", zh: "让事情发生" },
  "inspector.target": { en: "The server speaks to connection", zh: "服务器对以下连接说话" },
  "inspector.ping": { en: "Ping", zh: "Ping" },
  "inspector.fragments": { en: "Three fragments", zh: "三个分片" },
  "inspector.close": { en: "Close 4000", zh: "关闭 4000" },
  "inspector.example": { en: "A careless client sends", zh: "一个粗心的客户端发送" },
  "inspector.raw": { en: "Its bytes, in hex", zh: "它的字节（十六进制）" },
  "inspector.send-raw": { en: "Send bytes", zh: "发送字节" },
  "inspector.raw-hint": {
    en: "They go as they are over a second connection, which the server program opens to itself. A frame appears when its last byte has come, or when it is refused.",
    zh: "这些字节会原样经过第二个连接发送，该连接由服务器程序向自己打开。帧在最后一个字节到达时显示，或在被拒绝时显示。",
  },
  "inspector.example.right": { en: "“Hello”, as it should be", zh: "正确的 “Hello”" },
  "inspector.example.unmasked": { en: "“Hello”, not masked", zh: "没有掩码的 “Hello”" },
  "inspector.example.reserved-bit": { en: "a reserved bit that is set", zh: "设置了保留位" },
  "inspector.example.reserved-opcode": { en: "an opcode that does not exist", zh: "不存在的操作码" },
  "inspector.example.fragmented-ping": { en: "a Ping in fragments", zh: "分片的 Ping" },
  "inspector.example.not-minimal": { en: "a length in more bytes than it needs", zh: "用了多余字节的长度" },
  "inspector.example.continuation": { en: "a continuation of nothing", zh: "没有开头的延续帧" },
  "inspector.example.not-utf8": { en: "text that is not UTF-8", zh: "不是 UTF-8 的文本" },
  "inspector.example.close-code": { en: "a close with 1005, which is never sent", zh: "用从不发送的 1005 关闭" },
  "inspector.example.too-large": { en: "an announcement of 4 exabytes", zh: "宣称有 4 EB 的数据" },

  "inspector.not-connected": {
    en: "The server does not listen to this page now. Press “Connect again”.",
    zh: "服务器现在没有与本页面连接。请按“重新连接”。",
  },
  "inspector.nobody": {
    en: "Nobody is connected to whom the server could speak. Open the tutorial page first.",
    zh: "没有可供服务器说话的连接。请先打开教程页面。",
  },
  "inspector.not-hex": {
    en: "Not sent: write 1 to 4,096 bytes with two hex digits each, such as 81 05 48.",
    zh: "未发送：请写 1 到 4,096 个字节，每个字节两位十六进制数字，例如 81 05 48。",
  },
  "inspector.nothing-to-save": {
    en: "Which conversation? Choose a connection, or one of its frames.",
    zh: "要保存哪个对话？请选择一个连接，或它的一个帧。",
  },
  "inspector.not-wire": {
    en: "“{name}” is not a transcript: line {line} is not in the language of docs/wire.md.",
    zh: "“{name}”不是对话记录：第 {line} 行不符合 docs/wire.md 的语言。",
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

  // The comparison, beside lesson 7.
  "compare.title": { en: "duplex: polling, long polling, WebSocket", zh: "duplex：轮询、长轮询、WebSocket" },
  "compare.heading": { en: "Three ways to get the news", zh: "获取消息的三种方式" },
  "compare.tagline": {
    en: "Polling asks, long polling waits, WebSocket is told. The same news, at the same time.",
    zh: "轮询不停地问，长轮询等着答复，WebSocket 由服务器通知。同样的消息，同一时刻。",
  },
  "compare.poll": { en: "Polling", zh: "轮询" },
  "compare.wait": { en: "Long polling", zh: "长轮询" },
  "compare.push": { en: "WebSocket", zh: "WebSocket" },
  "compare.knobs": { en: "Settings", zh: "设置" },
  "compare.knobs-hint": {
    en: "The server counts the bytes of all pages: open this one only once.",
    zh: "服务器统计所有页面的字节：请只打开一个本页面。",
  },
  "compare.news-every": { en: "There is news every", zh: "产生消息的间隔" },
  "compare.ask-every": { en: "Polling waits before it asks again for", zh: "轮询再次询问前的等待" },
  "compare.delay-added": { en: "Added delay of the network, each way", zh: "网络附加延迟（单程）" },
  "compare.seconds-value": { en: "{count} s", zh: "{count} 秒" },
  "compare.milliseconds-value": { en: "{count} ms", zh: "{count} 毫秒" },
  "compare.running": { en: "running", zh: "运行中" },
  "compare.paused": { en: "paused", zh: "已暂停" },
  "compare.pause": { en: "Pause", zh: "暂停" },
  "compare.go-on": { en: "Go on", zh: "继续" },
  "compare.no-answer": {
    en: "The server does not answer. Start it again, then reload this page.",
    zh: "服务器没有应答。请重新启动服务器，然后重新加载本页面。",
  },
  "compare.no-server": {
    en: "This page needs the program 07-push-compare: start it and open the address that it prints.",
    zh: "本页面需要程序 07-push-compare：请启动它，然后打开它打印的地址。",
  },
  "compare.write": { en: "Write the table as Markdown", zh: "把表格写成 Markdown" },
  "compare.markdown": { en: "The table as Markdown", zh: "Markdown 表格" },
  "compare.cost": { en: "What it costs", zh: "代价" },
  "compare.way": { en: "way", zh: "方式" },
  "compare.requests": { en: "requests", zh: "请求" },
  "compare.notes": { en: "news", zh: "消息" },
  "compare.up": { en: "bytes up", zh: "上行字节" },
  "compare.down": { en: "bytes down", zh: "下行字节" },
  "compare.p50": { en: "delay p50", zh: "延迟 p50" },
  "compare.p95": { en: "delay p95", zh: "延迟 p95" },
  "compare.lanes": { en: "The last 30 seconds", zh: "最近 30 秒" },
  "compare.lanes-hint": {
    en: "A bar is a request, a dot is a piece of news that has arrived.",
    zh: "竖线是一次请求，圆点是一条到达的消息。",
  },
  "compare.chart": { en: "Bytes over time", zh: "字节数随时间的变化" },
  "compare.chart-axes": { en: "bytes, up and down together, over seconds", zh: "上下行字节总数／秒数" },
  "compare.chart-table": { en: "The chart as a table", zh: "以表格显示" },
  "compare.seconds": { en: "seconds", zh: "秒" },
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

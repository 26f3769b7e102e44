// What the browser tests share: a program under test, a Chromium to open its pages with, and their ends.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const repository = fileURLToPath(new URL("../..", import.meta.url));
const build = path.resolve(repository, process.env.DUPLEX_BUILD ?? "build");

/// One folder for all that a test writes: the profile of the browser, the files it sends.
/// TMPDIR, because Playwright puts its own files there.
export const scratch = mkdtempSync(path.join(tmpdir(), "duplex-browser-"));
process.env.TMPDIR = scratch;

// The last things a test process does, however it ends: it leaves no program and no file behind.
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/// Starts a program of the build, for example "chapters/08-tutorial-server", from the top of the repository, and
/// waits for its first line, `listening on URL`.
///
/// @returns { url, line(pattern), stop() }
export async function startProgram(program, ...args) {
  const child = spawn(path.join(build, program), args, { cwd: repository, stdio: ["ignore", "pipe", "inherit"] });
  await once(child, "spawn");   // throws when there is no such program
  running.add(child);
  const ended = new Promise((resolve) => child.once("exit", (status, signal) => {
    running.delete(child);
    resolve(status ?? signal);
  }));

  // Reads on to the next line that matches.
  const output = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (pattern) => {
    for (;;) {
      const { value, done } = await output.next();
      if (done) throw new Error(`${program} ended without a line like ${pattern}`);
      if (pattern.test(value)) return value;
    }
  };

  // Asks it to end, as Ctrl+C would, and tells its exit status, or the signal that ended it.
  const stop = () => {
    child.kill("SIGTERM");
    return ended;
  };

  const first = await line(/^/);
  const url = /^listening on (http:\/\/127\.0\.0\.1:\d+\/)$/.exec(first)?.[1];
  if (!url) throw new Error(`${program} began with "${first}", not with "listening on http://127.0.0.1:PORT/"`);
  return { url, line, stop };
}

/// @returns { open(t, options), close() }; `open` makes a page for the test `t` that shares nothing with the others.
export async function startBrowser() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync"],
  });

  // `page.complaints` gathers what a developer would see in red or yellow, `page.requested` each address asked for.
  const open = async (t, options = {}) => {
    const context = await browser.newContext({ locale: "en-US", ...options });
    t.after(() => context.close());
    const page = await context.newPage();
    page.complaints = [];
    page.requested = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) page.complaints.push(message.text());
    });
    page.on("pageerror", (error) => page.complaints.push(String(error)));
    page.on("request", (request) => page.requested.push(request.url()));
    return page;
  };
  return { open, close: () => browser.close() };
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/// What axe-core finds that keeps people out, one line each; empty is good.
export async function accessibilityFaults(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}: ${node.failureSummary}`));
}

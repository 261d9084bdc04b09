"""The page at `/_emrs_mock/`: timeline, queue, capacity, calls, and buttons that move time. It is one document."""

from __future__ import annotations

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>EMR Serverless: what happens in the mock</title>
<style>
:root { color-scheme: light dark; --ink: #1c2126; --faint: #5d6771; --paper: #fff; --line: #d7dde3; --box: #f4f6f8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebee; --faint: #a3adb7; --paper: #16191d; --line: #333a41; --box: #1f2429; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.2rem; margin: 0; } h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
header, .buttons, .figures { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; }
header { justify-content: space-between; }
#now { font: 600 1.1rem ui-monospace, monospace; }
.faint, th { color: var(--faint); font-weight: normal; }
button { font: inherit; color: inherit; background: var(--box); border: 1px solid var(--line); border-radius: 6px;
  padding: .35rem .8rem; cursor: pointer; }
button:disabled { color: var(--faint); cursor: default; }
.figure { background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: .35rem .8rem; }
.figure b { font-size: 1.15rem; margin-right: .4rem; }
.scroll { overflow-x: auto; } .scroll svg { max-width: none; display: block; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .15rem .6rem .15rem 0;
  border-bottom: 1px solid var(--line); white-space: nowrap; }
#problem { color: #d1373f; min-height: 1.5em; }
</style>
<header><h1>EMR Serverless mock</h1><span id="now">&nbsp;</span></header>
<p class="faint" id="due">&nbsp;</p>
<div class="buttons">
  <button data-path="clock/advance" data-body='{"seconds": 30}'>+30 s</button>
  <button data-path="clock/advance" data-body='{"minutes": 5}'>+5 min</button>
  <button data-path="clock/advance" data-body='{"hours": 1}'>+1 h</button>
  <button id="next">to what is due next</button>
</div>
<p id="problem" role="alert"></p>
<h2>Queue and capacity</h2><div class="figures" id="figures"></div>
<h2>Timeline</h2><div class="scroll" id="timeline"></div>
<h2>Last calls</h2><div class="scroll"><table id="calls"></table></div>
<script>
const base = location.pathname.replace(/\\/?$/, "/");
const at = (id) => document.getElementById(id);
let due = null, seen = "";
async function ask(path, body) {
  const answer = await fetch(base + path, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error((await answer.json()).message);
  return answer;
}
function row(cell, texts) {
  const row = document.createElement("tr");
  for (const text of texts) { const one = document.createElement(cell); one.textContent = text; row.append(one); }
  return row;
}
async function look() {
  const state = await (await ask("state")).json();
  due = state.next_due;
  at("now").textContent = state.now.replace("T", " ").slice(0, 19) + " UTC";
  at("next").disabled = !due;
  at("due").textContent = due ? "next: " + due.replace("T", " ").slice(0, 19) : "nothing is due";
  const shown = JSON.stringify(state);
  if (shown === seen) return;
  seen = shown;
  at("figures").replaceChildren(...Object.entries({ ...state.job_runs, ...state.capacity }).map(([name, value]) => {
    const figure = document.createElement("span"), number = document.createElement("b");
    figure.className = "figure"; number.textContent = value; figure.append(number, name); return figure;
  }));
  at("calls").replaceChildren(row("th", ["time (UTC)", "operation", "attempt", "error"]),
    ...state.calls.map((call) => row("td", [call.at.slice(11, 19), call.operation, call.attempt, call.error || ""])));
  at("timeline").innerHTML = await (await ask("timeline.svg")).text();
}
async function act(path, body) {
  try { at("problem").textContent = ""; await ask(path, body); await look(); }
  catch (problem) { at("problem").textContent = problem.message; }
}
for (const button of document.querySelectorAll("button[data-path]"))
  button.onclick = () => act(button.dataset.path, JSON.parse(button.dataset.body));
at("next").onclick = () => due && act("clock/move-to", { moment: due });
async function watch() { try { await look(); } catch (problem) { at("problem").textContent = problem.message; }
  setTimeout(watch, 1000); }
watch();
</script>
</html>
"""
